"""Drill on uploads: `python -m eval.bancs.depots FOLDER [--url URL] [--count 200] [--seed 1]`.

Hostile files, names and requests are sent to a server of this machine: damaged PDFs and Word files
(see `eval.bancs.mutations`), archives and PDFs that inflate, names that climb, lie or hide, bodies
that stop or do not match what they announce. The drill passes when the server answers each of them
without an internal error, goes on answering questions, and every file it took is read or refused
with a reason. Everything it deposited is removed at the end.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import random
import socket
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from eval.bancs.mutations import (
    MUTATIONS,
    change_numbers,
    flip_bits,
    move_block,
    truncate,
    zero_block,
)

HOSTILE_NAMES: Final = (
    "",
    " ",
    ".",
    "..",
    ".pdf",
    "..pdf",
    "-rf.pdf",
    "~$rapport.docx",
    ".env.pdf",
    " rapport.pdf",
    "rapport.pdf ",
    "rapport.pdf.",
    "../../etc/passwd",
    "../rapport.pdf",
    "..\\rapport.pdf",
    "dossier/rapport.pdf",
    "/etc/rapport.pdf",
    "C:\\rapport.pdf",
    "C:rapport.pdf",
    "\\\\serveur\\partage\\rapport.pdf",
    "rapport.pdf\x00.html",
    "rapport\x00.pdf",
    "rapport\r\nX-Injected: 1.pdf",
    "rapport\t.pdf",
    "rapport\x1b[2J.pdf",
    "rapport\x7f.pdf",
    "rapport\x85.pdf",
    "rapport\u202efdp.exe",
    "rapport\u202egnp.pdf",
    "rapport\u2066.pdf",
    "rapport\u200b.pdf",
    "rapport\u00ad.pdf",
    "\ufeffrapport.pdf",
    "rapport\u2028.pdf",
    "rapport\ue000.pdf",
    "rapport\ud800.pdf",
    "rapport\U000e0041.pdf",
    "CON.pdf",
    "con.pdf",
    "nul.tar.pdf",
    "AUX .pdf",
    "COM1.docx",
    "lpt9.txt",
    "COM¹.pdf",
    "CONOUT$.pdf",
    "rapport.pdf:flux",
    "rapport.pdf::$DATA",
    "rapport*.pdf",
    "rapport?.pdf",
    'rapport".pdf',
    "<script>.pdf",
    "a|b.pdf",
    "a" * 300 + ".pdf",
    "é" * 150 + ".pdf",
    "rapport.exe",
    "rapport.pdf.exe",
    "rapport.xlsx",
    "rapport",
    "rapport.pdf%00",
    "rapport.PDF\u00a0",
    "rapport.zip",
    "rapport.svg",
    "rapport.pdƒ",
    "telechargements.json",
)
"""Names that must never become those of a file; some cannot even be sent."""

QUESTION: Final = "Quels sont les objectifs ?"
_PATIENCE_S: Final = 3600.0
_SHARES: Final = {"pdf": 0.4, "docx": 0.15, "bombe": 0.1, "nom": 0.25, "requete": 0.1}


@dataclass(slots=True)
class Server:
    """A server of this machine, spoken to over bare HTTP: hostile requests need no client."""

    host: str
    port: int
    key: str = ""
    sent: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer; status 0 when the connection is cut instead."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        known = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            connection.request(method, path, body, {**known, **(headers or {})})
            response = connection.getresponse()
            content = response.read()
            try:
                return response.status, json.loads(content or b"{}")
            except ValueError:
                return response.status, {}
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def deposit(self, name: str, data: bytes) -> tuple[int, dict[str, Any]]:
        """Send a file as the bytes it is."""
        status, body = self.ask("POST", _address(name), data)
        if status == 201:  # 200: a document that was there before; it is not ours to remove
            self.sent[body["name"]] = body["sha256"]
        return status, body

    def raw(self, request: bytes) -> int:
        """Send bytes as they are, then stop sending; the status of the answer, 0 without one."""
        with socket.create_connection((self.host, self.port), timeout=30) as connection:
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(64)
            except OSError:
                return 0
        return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def _address(name: str, **query: str) -> str:
    encoded = quote(name, safe="", errors="surrogatepass")
    return f"/v1/documents?nom={encoded}&{urlencode({'indexer': 'false', **query})}"


# --- What is sent -----------------------------------------------------------------------------


def archive(members: dict[str, bytes], level: int = 9) -> bytes:
    """A ZIP file of these members."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return output.getvalue()


_TYPES: Final = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'content-types"><Override PartName="/word/document.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_file(body: bytes, **members: bytes) -> bytes:
    """A Word file whose main part is given."""
    return archive({"[Content_Types].xml": _TYPES, "word/document.xml": body, **members})


def paragraphs(count: int, inside: str = "") -> bytes:
    """A main part of Word of so many paragraphs."""
    lines = "".join(
        f"<w:p><w:r><w:t>Action {number} du plan régional.</w:t></w:r></w:p>"
        for number in range(count)
    )
    return f'<w:document xmlns:w="{_WORD}"><w:body>{lines}{inside}</w:body></w:document>'.encode()


def pdf_stream(data: bytes, page: str = "", box: str = "0 0 595 842") -> bytes:
    """A PDF of one page with this compressed content."""
    packed = zlib.compress(data, 9)
    return (
        (
            f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            f"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R{page}>>endobj\n"
            f"4 0 obj<</Length {len(packed)}/Filter/FlateDecode>>stream\n"
        ).encode()
        + packed
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


def bombs() -> list[tuple[str, bytes]]:
    """Small files that ask for much: memory, time, depth, entities."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    laughs = (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "ha">{entities}]>'
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body>'
        "</w:document>"
    ).encode()
    outside = (
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body>'
        "</w:document>"
    ).encode()
    zeros = bytes(200 << 20)
    many = archive({f"m{number}": b"" for number in range(60_000)}, 1)
    nested = archive({"a.zip": archive({"b.zip": archive({"zeros": bytes(50 << 20)})})})
    return [
        ("bombe zeros.docx", word_file(zeros)),
        ("bombe entites.docx", word_file(laughs)),
        ("bombe externe.docx", word_file(outside)),
        ("bombe membres.docx", many),
        ("bombe gigogne.docx", nested),
        ("bombe profonde.docx", word_file(paragraphs(1, "<w:p>" * 20_000))),
        ("bombe traversee.docx", word_file(paragraphs(1), **{"../../../tmp/x": b"x"})),
        ("bombe zeros.odt", archive({"mimetype": _ODT, "content.xml": zeros})),
        ("bombe entites.odt", archive({"mimetype": _ODT, "content.xml": laughs})),
        ("bombe flux.pdf", pdf_stream(b"0 0 m 1 1 l S\n" * 3_000_000)),
        ("bombe page.pdf", pdf_stream(b"", box="0 0 200000000 200000000")),
        ("bombe parent.pdf", pdf_stream(b"").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")),
        ("bombe compte.pdf", pdf_stream(b"").replace(b"/Count 1", b"/Count 99999999")),
        ("bombe balises.html", b"<html><body>" + b"<div>" * 200_000),
        ("bombe tableau.html", b"<html><table>" + b"<tr><td colspan=99999 rowspan=99999>x" * 500),
        ("bombe liens.md", b"[" * 100_000),
        ("bombe citation.md", b">" * 100_000 + b" x"),
        ("bombe ligne.txt", b"a" * (4 << 20)),
        ("bombe utf16.txt", b"\xff\xfe" + b"\x00\xd8" * 100_000),
    ]


_ODT: Final = b"application/vnd.oasis.opendocument.text"
_DOCX_MUTATIONS: Final = (flip_bits, truncate, zero_block, move_block, change_numbers)


def requests(server: Server) -> list[tuple[str, Callable[[], int]]]:
    """Requests that break the protocol; each gives the status that it got."""
    host = f"Host: {server.host}:{server.port}\r\n"
    if server.key:
        host += f"Authorization: Bearer {server.key}\r\n"
    post = f"POST {_address('requete.txt')} HTTP/1.1\r\n{host}"
    form = f"POST /v1/documents HTTP/1.1\r\n{host}"

    def text(status: str, *lines: str, body: bytes = b"") -> Callable[[], int]:
        head = status + "".join(f"{line}\r\n" for line in lines) + "\r\n"
        return lambda: server.raw(head.encode("latin-1") + body)

    def headed(**headers: str) -> Callable[[], int]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return lambda: server.ask("POST", _address("requete.txt"), b"du texte", named)[0]

    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n'
    return [
        ("corps coupé", text(post, "Content-Length: 5000", body=b"debut")),
        ("longueur négative", text(post, "Content-Length: -1", body=b"x")),
        ("longueur géante", text(post, "Content-Length: 99999999999", body=b"x")),
        ("longueur double", text(post, "Content-Length: 1", "Content-Length: 2", body=b"xx")),
        (
            "longueur et morceaux",
            text(post, "Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        ),
        ("morceau faux", text(post, "Transfer-Encoding: chunked", body=b"ZZ\r\nx")),
        (
            "morceau coupé",
            text(post, "Transfer-Encoding: chunked", body=b"5\r\nabcde\r\n400\r\nabc"),
        ),
        (
            "formulaire sans fin",
            text(
                form,
                "Content-Type: multipart/form-data; boundary=x",
                f"Content-Length: {len(part) + 3}",
                body=part + b"abc",
            ),
        ),
        (
            "formulaire sans limite",
            text(form, "Content-Type: multipart/form-data", "Content-Length: 1", body=b"x"),
        ),
        (
            "formulaire aux en-têtes géants",
            text(
                form,
                "Content-Type: multipart/form-data; boundary=x",
                "Content-Length: 70007",
                body=b"--x\r\nA: " + b"a" * 69_999,
            ),
        ),
        ("type illisible", headed(Content_Type="multipart/form-data; boundary=\x7f;;=")),
        ("empreinte fausse", headed(Content_Digest="sha-256=:AAAA:")),
        ("clé vide", headed(Idempotency_Key="")),
        ("clé longue", headed(Idempotency_Key="k" * 5000)),
        ("autre origine", headed(Origin="http://ailleurs.example")),
        ("autre hôte", headed(Host="ailleurs.example")),
        ("codage", headed(Content_Encoding="gzip")),
        ("méthode", lambda: server.ask("PUT", "/v1/documents", b"x")[0]),
        ("suppression qui remonte", lambda: server.ask("DELETE", "/v1/corpus/depots/..%2Fx")[0]),
        (
            "suppression de l’index",
            lambda: server.ask("DELETE", "/v1/corpus/depots/%2e%2e%2findex%2fCURRENT")[0],
        ),
    ]


def files(sources: Sequence[Path], count: int, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Damaged files and bombs, in the shares of the drill."""
    contents = [path.read_bytes() for path in sources]
    for number in range(round(count * _SHARES["pdf"])):
        mutate = rng.choice(MUTATIONS)
        data = mutate(rng.choice(contents), rng, rng.choice(contents))
        yield f"{number:03d} {mutate.__name__}.pdf", data
    sound = word_file(paragraphs(200))
    for number in range(round(count * _SHARES["docx"])):
        damage = rng.choice(_DOCX_MUTATIONS)
        yield f"{number:03d} {damage.__name__}.docx", damage(sound, rng, sound)
    made = bombs()
    for number in range(round(count * _SHARES["bombe"])):
        name, data = made[number % len(made)]
        yield (name if number < len(made) else f"{number} {name}"), data


# --- The drill --------------------------------------------------------------------------------


def drill(
    server: Server, sources: Sequence[Path], *, count: int = 200, seed: int = 1
) -> dict[str, Any]:
    """Send everything, index what was taken, remove it, and tell what happened.

    Args:
        server: where to send.
        sources: sound PDFs to damage.
        count: things to send, about.
        seed: the same seed sends the same things.

    Returns:
        `sent` by kind; `answers` (status and code, by kind); `read` and `refused` (files taken,
        by what their reading gave); `broken` (what got an internal error or no answer when one
        was due); `unanswered` (questions that failed meanwhile); `left` (what could not be
        removed) and `ok`.
    """
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    answers: dict[str, Counter[str]] = {kind: Counter() for kind in ("fichier", "nom", "requete")}
    broken: list[str] = []
    started = time.monotonic()
    for name, data in files(sources, count, rng):
        status, body = server.deposit(name, data)
        answers["fichier"][f"{status} {body.get('code', '')}".strip()] += 1
        if status == 0 or status >= 500:
            broken.append(f"{name}: {status}")
    names = rng.choices(HOSTILE_NAMES, k=round(count * _SHARES["nom"]))
    for name in names:
        status, body = server.deposit(name, b"%PDF-1.4 un texte")
        answers["nom"][f"{status} {body.get('code', '')}".strip()] += 1
        if not 400 <= status < 500:
            broken.append(f"{name!r}: {status}")
    wrong = requests(server)[: round(count * _SHARES["requete"])]
    for name, send in wrong:
        status = send()
        answers["requete"][str(status)] += 1
        # A body that is cut has nobody left to answer to.
        if status >= 500:
            broken.append(f"{name}: {status}")
    pending = server.ask("GET", "/v1/corpus/depots")[1].get("depots", [])
    server.sent.update({deposit["name"]: deposit["sha256"] for deposit in pending})
    outcomes, unanswered = _index(server)
    left = _remove(server)
    return {
        "seed": seed,
        "sent": sum(sum(each.values()) for each in answers.values()),
        "answers": {kind: dict(each.most_common()) for kind, each in answers.items()},
        "taken": len(server.sent),
        "outcomes": outcomes,
        "broken": broken,
        "unanswered": unanswered,
        "left": left,
        "seconds": round(time.monotonic() - started, 1),
        "ok": not (broken or unanswered or left)
        and sum(outcomes.values()) == len(server.sent)
        and server.ask("GET", "/v1/sante/vivant")[0] == 200,
    }


def _index(server: Server) -> tuple[dict[str, int], int]:
    """Index what was taken while asking questions; outcomes of files, questions that failed."""
    unanswered = 0
    status, job = server.ask("POST", "/v1/corpus/chargement")
    if status != 202:
        return {f"travail refusé ({status})": 1}, 0
    limit = time.monotonic() + _PATIENCE_S
    while job.get("running", True) and time.monotonic() < limit:
        question = json.dumps({"question": QUESTION})
        kind = {"Content-Type": "application/json"}
        unanswered += server.ask("POST", "/v1/questions", question, kind)[0] != 200
        time.sleep(1)
        job = server.ask("GET", f"/v1/corpus/travaux/{job['id']}")[1] or job
    outcomes = Counter(
        f"{report['status']} {report['reason_code'] or ''}".strip()
        for report in job.get("reports", [])
        if report["file"] in server.sent
    )
    return dict(outcomes.most_common()), unanswered


def _remove(server: Server) -> list[str]:
    """Remove everything that was deposited; names of what could not be."""
    state = server.ask("GET", "/v1/corpus/etat")[1]
    jobs, left = [], []
    for entry in state.get("files", []):
        if entry["file"] not in server.sent:
            continue
        if entry["document_id"] is None:
            address = f"/v1/corpus/depots/{quote(entry['file'], safe='')}"
            if server.ask("DELETE", address)[0] != 204:
                left.append(entry["file"])
            continue
        address = f"/v1/documents/{entry['document_id']}"
        jobs.append(server.ask("DELETE", address, None, {"If-Match": "*"})[1].get("id", ""))
    limit = time.monotonic() + _PATIENCE_S
    while jobs and time.monotonic() < limit:
        running = server.ask("GET", f"/v1/corpus/travaux/{jobs[-1]}")[1].get("running", False)
        if not running:
            break
        time.sleep(1)
    state = server.ask("GET", "/v1/corpus/etat")[1]
    left += [entry["file"] for entry in state.get("files", []) if entry["file"] in server.sent]
    return left + [entry["name"] for entry in state.get("pending", [])]


def main() -> None:
    """Read the arguments, run the drill, print what happened as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-kb", type=int, default=300, help="larger sources are left out")
    arguments = parser.parse_args()
    address = urlsplit(arguments.url)
    host = address.hostname or ""
    if host not in {"127.0.0.1", "localhost", "::1"}:
        parser.error("the drill is for a server of this machine")
    sources = [
        path
        for path in sorted(arguments.folder.rglob("*.pdf"))
        if 0 < path.stat().st_size <= arguments.max_kb << 10
    ]
    server = Server(host, address.port or 80, os.environ.get("ASSISTANT_CLE", ""))
    result = drill(server, sources, count=arguments.count, seed=arguments.seed)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
