"""Receiving files: whole and sound, or not at all."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.access.current import ForbiddenError, acting_as
from assistant.access.model import LOCAL, Person, Role
from assistant.errors import StorageError
from assistant.library.deposits import SIMULTANEOUS, Depot
from assistant.library.desk import Library
from assistant.library.errors import (
    BusyError,
    DepositError,
    DepositUnknownError,
    FileDigestError,
    FileEmptyError,
    FileFormatError,
    FileTooLargeError,
    NameTakenError,
)
from tests.library.conftest import ended

Pdf = Callable[..., bytes]


def left(library: Library) -> list[str]:
    """All that lies in the folder of deposits, hidden files included."""
    folder = library.depot.folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_received_whole_and_waits(library: Library, pdf: Pdf) -> None:
    data = pdf("Un bilan.")
    deposit = library.receive(
        "E\u0301tude.pdf", (data[at : at + 100] for at in range(0, len(data), 100))
    )
    assert (library.depot.folder / "Étude.pdf").read_bytes() == data
    assert library.pending() == [deposit]
    assert left(library) == ["Étude.pdf"]
    if os.name == "posix":
        assert (library.depot.folder / "Étude.pdf").stat().st_mode & 0o077 == 0


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("vide.pdf", b"", FileEmptyError),
        ("blanc.pdf", b" \r\n\0" * 2000, FileEmptyError),
        ("page.pdf", b"<html>page</html>", FileFormatError),
        ("programme.pdf", b"MZ\x90\0" + bytes(5000), FileFormatError),
        ("archive.pdf", b"PK\x03\x04" + bytes(50), FileFormatError),
        ("texte.docx", b"du texte", FileFormatError),
        ("ancien.docx", OLE, FileFormatError),
        ("chiffre.docx", OLE + "EncryptedPackage".encode("utf-16-le"), FileFormatError),
        ("document.txt", b"%PDF-1.7 ...", FileFormatError),
        ("archive.txt", b"PK\x03\x04" + bytes(50), FileFormatError),
        ("image.html", b"\x89PNG\r\n\x1a\n\0\0\0", FileFormatError),
        ("gros.txt", b"a" * ((1 << 20) + 1), FileTooLargeError),
    ],
)
def test_a_file_that_is_not_what_it_claims_leaves_nothing(
    library: Library, name: str, data: bytes, error: type[DepositError]
) -> None:
    with pytest.raises(error) as refusal:
        library.receive(name, [data])
    assert refusal.value.remedy
    assert left(library) == []


def test_a_sender_who_stops_midway_leaves_nothing(library: Library) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"%PDF-1.4"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        library.receive("coupe.pdf", chunks())
    assert left(library) == []


def test_a_file_damaged_on_its_way_is_refused(library: Library, pdf: Pdf) -> None:
    with pytest.raises(FileDigestError):
        library.receive("abime.pdf", [pdf("Un bilan.")], sha256="0" * 64)
    assert left(library) == []


@pytest.mark.parametrize("where", ["write", "fsync", "link"])
def test_a_full_disk_is_told_and_leaves_nothing(
    library: Library, pdf: Pdf, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = pdf("Un bilan.")
    if where == "write":
        with library.reception("plein.pdf") as reception:
            monkeypatch.setattr(reception._file, "write", full, raising=False)
            with pytest.raises(StorageError, match="plein"):
                reception.write(data)
    else:
        monkeypatch.setattr(os, where, full)
        if where == "link":
            monkeypatch.setattr(Path, "rename", full)
        with pytest.raises(StorageError, match="plein"):
            library.receive("plein.pdf", [data])
    assert left(library) == []
    monkeypatch.undo()
    assert library.receive("plein.pdf", [data]).name == "plein.pdf"


def test_another_content_of_the_same_name_needs_a_word(library: Library, pdf: Pdf) -> None:
    library.receive("bilan.pdf", [pdf("Un.")])
    with pytest.raises(NameTakenError) as refusal:
        library.receive("bilan.pdf", [pdf("Deux.")])
    assert refusal.value.details == {"nom_existant": "bilan.pdf"}
    replaced = library.receive("bilan.pdf", [pdf("Deux.")], replace=True)
    assert library.pending() == [replaced]
    for alike in ("BILAN.pdf", "ｂilan.pdf"):
        with pytest.raises(NameTakenError, match="casse"):
            library.receive(alike, [pdf("Trois.")], replace=True)
    assert left(library) == ["bilan.pdf"]


def test_the_same_content_is_stored_once(library: Library, pdf: Pdf) -> None:
    data = pdf("Un bilan.")
    first = library.receive("bilan.pdf", [data])
    assert library.receive("autre.pdf", [data]) == first
    indexed = ended(library, library.start())
    assert [report.status for report in indexed.reports] == ["indexed"]
    again = library.receive("encore.pdf", [data])
    assert (again.name, again.known) == ("bilan.pdf", True)
    assert again.document_id == again.sha256[:16]
    assert left(library) == ["bilan.pdf"]


def test_of_deposits_of_one_name_at_one_time_one_is_kept(library: Library, pdf: Pdf) -> None:
    contents = [pdf(f"Contenu {number}.") for number in range(6)]
    outcomes: list[str] = []
    begun = threading.Barrier(len(contents))

    def send(data: bytes) -> None:
        begun.wait()
        with acting_as(LOCAL):
            try:
                library.receive("bilan.pdf", [data])
                outcomes.append("kept")
            except NameTakenError:
                outcomes.append("taken")

    threads = [threading.Thread(target=send, args=(data,)) for data in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept"] + ["taken"] * 5
    assert left(library) == ["bilan.pdf"]
    assert (library.depot.folder / "bilan.pdf").read_bytes() in contents


def test_two_processes_never_overwrite_each_other(tmp_path: Path) -> None:
    one, other = (Depot(tmp_path / "depots", max_bytes=100) for _ in range(2))
    with one.reception("a.txt") as mine, other.reception("a.txt") as theirs:
        mine.write(b"un")
        theirs.write(b"deux")
        mine.finish()
        theirs.finish()
        assert mine.keep(replace=False)
        with pytest.raises(NameTakenError):
            theirs.keep(replace=False)
    assert (tmp_path / "depots" / "a.txt").read_bytes() == b"un"


def test_only_so_many_files_are_received_at_one_time(library: Library) -> None:
    held = [library.reception(f"{number}.txt") for number in range(SIMULTANEOUS)]
    with pytest.raises(BusyError):
        library.reception("trop.txt")
    for reception in held:
        with reception:
            pass
    with library.reception("assez.txt"):
        pass
    assert left(library) == []


def test_what_a_dead_process_was_receiving_is_swept(library: Library, pdf: Pdf) -> None:
    folder = library.depot.folder
    folder.mkdir()
    dead, alive = folder / ".reception-mort.part", folder / ".reception-vif.part"
    dead.write_bytes(b"x")
    alive.write_bytes(b"x")
    os.utime(dead, (time.time() - 7200, time.time() - 7200))
    library.receive("bilan.pdf", [pdf("Un.")])
    assert left(library) == [".reception-vif.part", "bilan.pdf"]


def test_a_waiting_file_can_be_discarded(library: Library, pdf: Pdf) -> None:
    library.receive("bilan.pdf", [pdf("Un.")])
    library.discard("bilan.pdf")
    assert left(library) == []
    for name in ("bilan.pdf", "../index/catalogue.sqlite", ""):
        with pytest.raises(DepositUnknownError):
            library.discard(name)


def test_a_reader_changes_nothing(library: Library, pdf: Pdf) -> None:
    deposit = library.receive("bilan.pdf", [pdf("Un.")])
    with acting_as(Person("r", "R", Role.READER, means="cle")):
        for forbidden in (
            lambda: library.receive("autre.pdf", [b"%PDF-"]),
            library.start,
            library.reindex,
            lambda: library.remove("0" * 16),
            lambda: library.discard("bilan.pdf"),
            lambda: library.describe("0" * 16, {"title": "x"}),
            lambda: library.link("a", "b"),
            lambda: library.stop("x"),
        ):
            with pytest.raises(ForbiddenError):
                forbidden()
    assert library.pending() == [deposit]
