"""Who × where × which document: every address of the application, for every kind of person.

The addresses are those that the application answers, not a list kept here. An address that names
something kept (a document, a fiche, a conversation…) is asked for three: one that everybody may
see, one that comes from a document which is not for everyone, and one that does not exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pytest

from assistant.access.keys import KeyStore
from assistant.access.limits import Limiter
from assistant.access.model import PERMISSIONS, Permission, Role
from assistant.api.permissions import ROUTES, Anyone, needed
from tests.access.addresses import addresses
from tests.access.keeping import GUIDE, SECRET, a_question
from tests.access.visible import SECRETS, Place, tool

P = Permission
UNKNOWN_FILE = "copil/copil-xxxxxxxx.pdf"
EVERYTHING_BUT_THE_CORPUS = frozenset(Permission) - {P.MANAGE_CORPUS}


class Who(NamedTuple):
    """A kind of person.

    Attributes:
        headers: what they present.
        may: what they are allowed, by the table of roles and the scopes of their key.
        sees: whether the committee's documents are for them.
        known: whether anything recognises them.
        own: their own conversation.
    """

    headers: dict[str, str]
    may: frozenset[Permission] = frozenset()
    sees: bool = False
    known: bool = True
    own: str = "2" * 32


@dataclass(frozen=True)
class Kept:
    """Something of each kind, drawn from one document."""

    document_id: str
    file: str
    conversation_id: str
    fiche_id: str
    run_id: str
    name: str
    sigle: str
    question_id: str = "q-1"

    def words(self) -> dict[str, str]:
        """What names it in an answer, by what it is."""
        return {key: value for key, value in vars(self).items() if key != "question_id"}


ALLOWED, HIDDEN, UNKNOWN = "permis", "réservé", "inconnu"
WHO = (
    *(role.value for role in Role),
    *(f"{role.value} du groupe" for role in Role if role is not Role.ADMINISTRATOR),
    *("lecteur réduit", "administrateur sans le corpus", "sans clé", "révoquée", "expirée"),
)


class Matrix(NamedTuple):
    """Everything that the test crosses."""

    here: Place
    people: dict[str, Who]
    kept: dict[str, Kept]
    lines: list[str]

    def about(self, who: Who, which: str) -> Kept:
        """What is asked for; a conversation is one's own, or that of somebody else."""
        found = self.kept[which]
        return replace(found, conversation_id=who.own) if which == ALLOWED else found

    def theirs(self, who: Who) -> Kept:
        """The same as what is hidden from others, in one's own conversation."""
        return replace(self.kept[HIDDEN], conversation_id=who.own)


@pytest.fixture(scope="module")
def matrix(
    here: Place,
    fiches: tuple[str, str],
    runs: tuple[str, str, str],
    question_sets: tuple[str, str],
) -> Iterator[Matrix]:
    app: Any = here.client.app
    sign_in = app.state.sign_in
    before = sign_in.requests, sign_in.failures
    sign_in.requests, sign_in.failures = None, Limiter(10**6, 1)

    def key(role: Role, *groups: str, **options: Any) -> dict[str, str]:
        _, secret = sign_in.keys.create(role.value, role, groups=groups, **options)
        return {"Authorization": f"Bearer {secret}"}

    gone, revoked = sign_in.keys.create("Partie", Role.ADMINISTRATOR, groups=["dg"])
    sign_in.keys.revoke(gone.id)
    old = KeyStore(here.folder, clock=lambda: 0.0)
    _, expired = old.create("Ancienne", Role.ADMINISTRATOR, groups=["dg"], days=1)
    people = {
        f"{role.value}{label}": Who(
            key(role, *groups),
            PERMISSIONS[role],
            sees=bool(groups) or P.MANAGE_CORPUS in PERMISSIONS[role],
        )
        for label, groups in (("", ()), (" du groupe", ("dg", "rh", "direction")))
        for role in Role
        if not groups or role is not Role.ADMINISTRATOR  # who sees everything anyway
    } | {
        "lecteur réduit": Who(key(Role.READER, scopes=[P.READ_FICHES]), frozenset({P.READ_FICHES})),
        "administrateur sans le corpus": Who(
            key(Role.ADMINISTRATOR, scopes=EVERYTHING_BUT_THE_CORPUS), EVERYTHING_BUT_THE_CORPUS
        ),
        "sans clé": Who({}, known=False),
        "révoquée": Who({"Authorization": f"Bearer {revoked}"}, known=False),
        "expirée": Who({"Authorization": f"Bearer {expired}"}, known=False),
    }
    for name, who in people.items():
        if who.known and P.ASK in who.may:
            made = here.client.post("/v1/conversations", json={}, headers=who.headers).json()
            people[name] = who._replace(own=made["id"])
    owner = people["lecteur du groupe"].headers
    kept = people["lecteur du groupe"].own
    asked = {"question": "Quel est le budget de Zibeline ?", "conversation_id": kept}
    assert "987 654" in here.client.post("/v1/questions", json=asked, headers=owner).text
    yield Matrix(
        here,
        people,
        {
            ALLOWED: Kept(
                here.id_of("guide.pdf"),
                GUIDE,
                "2" * 32,
                fiches[0],
                runs[0],
                question_sets[0],
                "SAS",
            ),
            HIDDEN: Kept(
                here.id_of("zibeline.pdf"),
                SECRET,
                kept,
                fiches[1],
                runs[1],
                question_sets[1],
                "PZR",
            ),
            UNKNOWN: Kept(
                "0" * 16, UNKNOWN_FILE, "0" * 32, "f" * 32, "20000101T000000-0000", "jeu-nul", "QQQ"
            ),
        },
        # `/mcp` answers some methods through the SDK, which names no route of its own.
        sorted({f"{method} {path}" for method, path in addresses(app)} | set(ROUTES)),
    )
    sign_in.requests, sign_in.failures = before


OTHERS = {"number": "1", "key": "besoin", "job_id": "inconnu"}
NOT_KEPT = {"nom": "inconnu.pdf"}
NAMES = {"/interface/": "assistant.css", "/v1/evaluations/": "rapport.html"}
NAMES["/v1/models/"] = "assistant-extractif"


def filled(line: str, kept: Kept) -> tuple[str, str]:
    """Method and address; a new kind of name in an address has to be said here."""
    method, _, path = line.partition(" ")
    known = {**vars(kept), **OTHERS, **NOT_KEPT}
    for prefix, name in NAMES.items():
        if path.startswith(prefix):
            known["name"] = name
    return method, re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)


def bodies(line: str, kept: Kept) -> list[Any]:
    """What is sent to an address that reads a body; what names a document there, too."""
    ask = {"question": "Quel est le budget de l'accueil ?"}
    about = {**ask, "filtres": {"files": [kept.file]}}
    chat = [{"role": "user", "content": "Quel est le budget de l'accueil ?"}]
    comment = {"key": "", "text": "Vu.", "author": "M."}
    answer = {
        "question": "Budget ?",
        "sentences": [
            {
                "text": "Le budget.",
                "kind": "extract",
                "citations": [
                    {
                        "file": kept.file,
                        "document": "Un document",
                        "document_id": kept.document_id,
                        "page": 1,
                        "page_label": "1",
                        "quote": "Le budget.",
                        "start": 0,
                        "end": 10,
                    }
                ],
            }
        ],
    }
    known = {
        "POST /v1/questions": [about, {**ask, "conversation_id": kept.conversation_id}],
        "POST /v1/questions/flux": [about, {**ask, "conversation_id": kept.conversation_id}],
        "POST /v1/recherche": [about],
        "POST /v1/chat/completions": [{"model": "assistant-extractif", "messages": chat}],
        "POST /v1/reponses/export": [answer],
        "POST /v1/jeux": [{"nom": "copie-essai", "copie_de": kept.name}],
        "POST /v1/jeux/verification": [json.loads(a_question(1, kept.file, "x").model_dump_json())],
        "POST /v1/jeux/{name}/questions": [{"question": "Quoi ?", "kind": "absent"}],
        "POST /v1/evaluations": [{"jeu": kept.name, "moitie": "dev"}],
        "POST /v1/fiches/{fiche_id}/commentaires": [comment],
        "POST /v1/fiches/{fiche_id}/etat": [{"state": "en_revue", "author": "M."}],
        "POST /v1/fiches/{fiche_id}/rafraichir": [{"appliquer": True}],
        "POST /mcp": [
            tool("lire_page", document_id=kept.document_id, page=1),
            tool("rechercher", **ask),
            tool("demander", **ask),
            tool("rediger_fiche", titre="Suivre le budget de Zibeline", garder=False),
        ],
    }
    return known.get(line, [None])


QUERIES = {
    "/v1/evaluations/comparaison": "?avant={run_id}&apres={run_id}",
    "/v1/evaluations/{run_id}/annotations/accord": "?premier=a&second=b",
    "/v1/fiches/{fiche_id}/differences": "?de=1",
    "/v1/fiches/{fiche_id}/export": "?format=json",
    "/v1/conversations/{conversation_id}/export": "?format=md",
    "/v1/conversations/{conversation_id}/tours/{number}/export": "?format=json",
    "/v1/reponses/export": "?format=md",
    "/v1/copil": "?fichier={file}",
    "/v1/copil/export": "?format=csv",
    "/v1/fiches/portefeuille/dossier": "?format=md",
    "/v1/documents/{document_id}/pages/{number}/image": "?echelle=0.5",
    "/v1/glossaire": "?recherche={sigle}",
    "/v1/fiches": "?recherche={sigle}",
    "/v1/fiches/portefeuille/tableau": "?format=csv",
}
READING = frozenset(
    f"POST /v1/{one}"
    for one in ("questions", "questions/flux", "recherche", "chat/completions", "reponses/export")
) | {"POST /mcp", "POST /v1/jeux/verification"}
"""What is sent by POST and changes nothing."""

WRITTEN = frozenset({"GET /docs", "GET /openapi.json"})
"""What is written once for all, with examples; nothing in it comes from a document."""

SAME_FOR_ALL = {"number", "key", "job_id", "nom"}


def names_something(line: str) -> bool:
    """Whether what an address answers depends on something kept that it names."""
    path = line.partition(" ")[2]
    named = set(re.findall(r"\{(\w+)\}", path + QUERIES.get(path, ""))) - SAME_FOR_ALL
    return bool(named) and not path.startswith(("/interface/", "/v1/models/"))


def ask(matrix: Matrix, who: Who, line: str, kept: Kept, *, varying: bool = False) -> Iterator[Any]:
    """Responses of an address about something, one for each body it may receive.

    Args:
        matrix: where.
        who: asks.
        line: the address.
        kept: what about.
        varying: leave out what does not depend on what it is about.
    """
    method, path = filled(line, kept)
    path += QUERIES.get(line.partition(" ")[2], "").format(**vars(kept))
    headers = who.headers | {"accept": "application/json, text/event-stream", "if-match": '"1"'}
    for body, one, other in zip(
        bodies(line, kept), bodies(line, KEPT_A), bodies(line, KEPT_B), strict=True
    ):
        if varying and one == other and not names_something(line):
            continue
        yield matrix.here.client.request(
            method, path, json=body, headers=headers, follow_redirects=False
        )


def told(response: Any, kept: Kept) -> str:
    """What a response says, without what names the thing asked for, nor what the time changes."""
    said = f"{response.status_code} {response.text}"
    for what, word in kept.words().items():
        said = said.replace(word, f"<{what}>") if word else said
    said = re.sub(r'"(?:timings_ms|created|id)": ?(?:\{[^}]*\}|\d+|"[^"]*")', "", said)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+Z-]+|le \d\d/\d\d/\d{4} à \d\d:\d\d", "DATE", said)


def test_every_address_is_crossed(matrix: Matrix) -> None:
    # One table says what each asks for; those of the pages share a line.
    beside = {line for line in matrix.lines if not line.startswith("GET /interface/")}
    assert beside - set(ROUTES) == set()
    assert all(needed(*filled(line, KEPT_A)) for line in matrix.lines)
    assert sum(names_something(line) for line in matrix.lines) > 45
    assert list(matrix.people) == list(WHO)


@pytest.mark.parametrize("name", WHO)
def test_each_person_at_each_address_about_each_document(matrix: Matrix, name: str) -> None:
    who = matrix.people[name]
    for line in matrix.lines:
        need = ROUTES.get(line, Anyone.OPEN)  # that no line is forgotten is tested above
        if need is Anyone.OPEN:
            continue
        permitted = who.known and (need is Anyone.KNOWN or need in who.may)
        if not permitted:
            for kept in matrix.kept.values() if names_something(line) else (KEPT_A,):
                check_refused(next(ask(matrix, who, line, kept)), who, line)
        else:
            check_permitted(matrix, who, line)


def check_refused(response: Any, who: Who, line: str) -> None:
    if not who.headers and line == "GET /docs":
        assert (response.status_code, response.headers["location"]) == (303, "/connexion")
        return
    assert response.status_code == (403 if who.known else 401), (line, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    if not who.known:
        assert response.headers["www-authenticate"].startswith("Bearer")
    code = "cle_refusee" if who.headers else "connexion_requise"
    assert response.json()["code"] == ("acces_refuse" if who.known else code), line


def check_permitted(matrix: Matrix, who: Who, line: str) -> None:
    hidden, unknown = matrix.kept[HIDDEN], matrix.kept[UNKNOWN]
    # A conversation is its owner's, whatever the others may see.
    apart = "conversation" in line and who.own != hidden.conversation_id
    if names_anywhere(line) and (not who.sees or apart):
        pairs = zip(
            ask(matrix, who, line, hidden, varying=True),
            ask(matrix, who, line, unknown, varying=True),
            strict=True,
        )
        for found in pairs:
            assert told(found[0], hidden) == told(found[1], unknown), line
    if not (line.startswith("GET ") or line in READING):
        return
    mine = matrix.about(who, ALLOWED)
    statuses: list[int] = []
    for response in ask(matrix, who, line, mine):
        assert response.status_code not in {401, 403}, (line, response.text)
        assert response.status_code < 500, (line, response.text)
        statuses.append(response.status_code)
        if not who.sees and line not in WRITTEN:
            said = told(response, mine).lower()
            own = str(bodies(line, mine)).lower()
            assert [one for one in SECRETS if one in said and one not in own] == [], line
    if who.sees and names_anywhere(line):
        # What is hidden from the others is really there, and is what they would have seen.
        found = ask(matrix, who, line, matrix.theirs(who), varying=True)
        assert {one.status_code for one in found} <= set(statuses), line


def names_anywhere(line: str) -> bool:
    """Whether an address, or what is sent to it, names something kept."""
    return names_something(line) or bodies(line, KEPT_A) != bodies(line, KEPT_B)


KEPT_A = Kept("a", "a", "a", "a", "a", "a", "a")
KEPT_B = Kept("b", "b", "b", "b", "b", "b", "b")
