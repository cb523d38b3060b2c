"""The glossary as a person reads and edits it: every sigle, its senses, where they come from.

Reads the index without opening its vectors nor its model, so that the command line, the API
and the screens can share it at no cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.audit import trail
from assistant.audit.model import Action
from assistant.errors import no_index
from assistant.index.catalogue import Catalogue
from assistant.index.generations import current_id
from assistant.index.glossary import (
    PLACES_FILE,
    Entries,
    Entry,
    curated_entries,
    load_places,
    plain_sigle,
    same_sense,
    sigle_key,
)
from assistant.index.own_sigles import Decisions, OwnSigles, UnknownSigleError
from assistant.language.normalise import squash
from assistant.model import Document

Origin = Literal["corpus", "liste", "vous"]


class Place(BaseModel):
    """Une page où un sigle est défini."""

    model_config = ConfigDict(extra="forbid")

    document_id: str = Field(description="Identifiant du document.")
    file: str = Field(description="Nom du fichier.")
    page: int = Field(ge=1, description="Numéro physique de la page.")


class SenseView(BaseModel):
    """Un sens d’un sigle."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="Ce que le sigle veut dire.")
    origin: Origin = Field(
        description="Qui le dit : `vous` (saisi par l’administrateur), `corpus` (défini dans un "
        "document), `liste` (liste courante du secteur de la santé)."
    )
    used: bool = Field(description="Vrai quand ce sens sert aux recherches.")
    count: int = Field(ge=0, description="Nombre de définitions trouvées dans le corpus.")
    places: list[Place] = Field(description="Pages où il est défini, dans l’ordre du corpus.")


class SigleView(BaseModel):
    """Un sigle et ses sens."""

    model_config = ConfigDict(extra="forbid")

    sigle: str = Field(description="Le sigle, tel qu’il s’écrit.")
    withdrawn: bool = Field(description="Vrai quand l’administrateur a retiré ce sigle.")
    ambiguous: bool = Field(description="Vrai quand plusieurs sens servent aux recherches.")
    senses: list[SenseView] = Field(description="Ses sens, le plus courant d’abord.")


class Reader(Protocol):
    """The engine as the glossary sees it."""

    def sigles(self) -> Entries:
        """Sigles that the documents define."""

    def documents(self) -> list[Document]:
        """The documents."""


class GlossaryBook:
    """The glossary of one index, by layers; see `assistant.index.glossary`."""

    def __init__(self, index_dir: Path, reader: Reader | None = None) -> None:
        """Bind to an index; it may not exist yet.

        Args:
            index_dir: where the index lives.
            reader: who sees only what it gives of the documents; all of them are seen by default.
        """
        self._index_dir = index_dir
        self._reader = reader
        self.own = OwnSigles(index_dir)
        self._mined: tuple[str | None, Entries] = (None, {})

    def sigles(self, search: str = "") -> list[SigleView]:
        """Sigles in alphabetical order.

        Args:
            search: keep those whose sigle or words hold this, whatever accents and case.

        Raises:
            OwnGlossaryError: the administrator's file is damaged.
            StorageError: the disk refuses.
        """
        mined, decisions, listed = self._corpus(), self.own.decisions(), curated_entries()
        files = self._files()
        wanted = squash(search)
        found = []
        for key in sorted({*mined, *decisions, *listed}):
            view = _view(key, mined, decisions, listed, files)
            said = " ".join([view.sigle, *(sense.text for sense in view.senses)])
            if not wanted or f" {wanted}" in f" {squash(said)}":
                found.append(view)
        return found

    def find(self, sigle: str) -> SigleView:
        """One sigle.

        Raises:
            UnknownSigleError: nobody knows it.
            OwnGlossaryError: the administrator's file is damaged.
            StorageError: the disk refuses.
        """
        key = sigle_key(sigle)
        mined, decisions, listed = self._corpus(), self.own.decisions(), curated_entries()
        if key not in mined and key not in decisions and key not in listed:
            raise UnknownSigleError(
                f"Le sigle « {plain_sigle(sigle)[:40]} » n’est pas dans le glossaire.",
                "Ajoutez-le avec ce qu’il veut dire, ou vérifiez son écriture.",
            )
        return _view(key, mined, decisions, listed, self._files())

    def put(self, sigle: str, senses: Iterable[str]) -> SigleView:
        """Give a sigle these senses, which replace all others; see `OwnSigles.put`."""
        self._must_exist()
        self.own.put(sigle, list(senses))
        return self._changed(sigle, "correction")

    def add(self, sigle: str, sense: str) -> SigleView:
        """Give a sigle one more sense, besides those that serve now; see `OwnSigles.add`."""
        self._must_exist()
        try:
            before = [said.text for said in self.find(sigle).senses if said.used]
        except UnknownSigleError:
            before = []
        self.own.add(sigle, sense, before)
        return self._changed(sigle, "ajout")

    def withdraw(self, sigle: str) -> SigleView:
        """Stop expanding a sigle.

        Raises:
            UnknownSigleError: nobody knows it.
            And those of `OwnSigles.withdraw`.
        """
        found = self.find(sigle)
        self.own.withdraw(found.sigle)
        return self._changed(sigle, "retrait")

    def restore(self, sigle: str) -> SigleView | None:
        """Forget what the administrator decided of a sigle.

        Returns:
            The sigle as the corpus or the list knows it; `None` when they do not.

        Raises:
            UnknownSigleError: nothing had been decided of it.
            And those of `OwnSigles.forget`.
        """
        if not self.own.forget(sigle):
            raise UnknownSigleError(
                f"Vous n’avez rien décidé du sigle « {plain_sigle(sigle)[:40]} ».",
                "Seuls les sigles ajoutés, corrigés ou retirés par vous peuvent être rétablis.",
            )
        _note(plain_sigle(sigle), "retablissement")
        try:
            return self.find(sigle)
        except UnknownSigleError:
            return None

    def _changed(self, sigle: str, kind: str) -> SigleView:
        """A sigle that was just changed, once that is written down."""
        found = self.find(sigle)
        _note(found.sigle, kind)
        return found

    def _must_exist(self) -> None:
        """A slip in the folder's name must not make a new one with one file inside."""
        if not self._index_dir.is_dir():
            raise no_index(self._index_dir)

    def _corpus(self) -> Entries:
        """What the serving generation found; nothing when it predates places, or is absent."""
        if self._reader is not None:
            return self._reader.sigles()
        current = current_id(self._index_dir)
        if current is None:
            return {}
        if current != self._mined[0]:
            try:
                path = self._index_dir / "generations" / current / PLACES_FILE
                entries = load_places(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                entries = {}
            self._mined = (current, entries)
        return self._mined[1]

    def _files(self) -> dict[str, str]:
        if self._reader is not None:
            return {one.id: one.file for one in self._reader.documents()}
        path = self._index_dir / "catalogue.sqlite"
        if not path.is_file():
            return {}
        rows = Catalogue(path).rows(
            "SELECT document_id, name FROM files WHERE document_id IS NOT NULL ORDER BY name DESC"
        )
        return {row["document_id"]: row["name"] for row in rows}


def _note(sigle: str, kind: str) -> None:
    trail.note(Action.GLOSSARY, [sigle], details={"genre": kind})


def _view(
    key: str,
    mined: Mapping[str, Entry],
    decisions: Decisions,
    listed: Mapping[str, Entry],
    files: Mapping[str, str],
) -> SigleView:
    said, found, usual = decisions.get(key), mined.get(key), listed.get(key)
    written = said or found or usual
    assert written is not None  # the key comes from one of the three
    senses: list[SenseView] = []
    if said is not None:
        senses += [
            SenseView(text=text, origin="vous", used=True, count=0, places=[])
            for text in said.senses
        ]
    if found is not None:
        senses += [
            SenseView(
                text=sense.text,
                origin="corpus",
                used=said is None,
                count=sense.count,
                places=[
                    Place(document_id=document, file=files[document], page=max(page, 1))
                    for document, page in sense.places
                    if document in files
                ],
            )
            for sense in found.senses
        ]
    if usual is not None and not (found and _repeats(usual, found)):
        senses += [
            SenseView(
                text=sense.text,
                origin="liste",
                used=said is None and found is None,
                count=0,
                places=[],
            )
            for sense in usual.senses
        ]
    return SigleView(
        sigle=written.sigle,
        withdrawn=said is not None and said.withdrawn,
        ambiguous=sum(sense.used for sense in senses) > 1,
        senses=senses,
    )


def _repeats(usual: Entry, found: Entry) -> bool:
    """Whether the list says nothing that the corpus does not say."""
    return all(
        any(same_sense(sense.text, other.text) for other in found.senses) for sense in usual.senses
    )
