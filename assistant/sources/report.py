"""What `assistant corpus sources` and `assistant corpus telecharger` show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from assistant.model import KIND_LABELS
from assistant.sources.listing import Source, SourceListError, choose, load_sources
from assistant.sources.lockfile import Lock

UNCHECKED: Final = (
    "Les adresses de cette liste n’ont pas été vérifiées\u00a0: contrôlez le document reçu et sa "
    "licence avant de l’utiliser."
)
_SHOWN: Final = {"telecharge": "téléchargé", "deja_la": "déjà là", "echec": "échec"}


def sources_state(listing: Path, folder: Path) -> list[dict[str, Any]]:
    """Every source of the list, and the file that comes from it in a folder, if any.

    Raises:
        SourceListError: the list cannot be read.
        LockFileError: the record of the folder is damaged.
    """
    lock = Lock.load(folder)
    state = []
    for source in load_sources(listing):
        found = lock.of_source(source.id)
        here = found is not None and (folder / found[0]).is_file()
        state.append(
            {
                "id": source.id,
                "title": source.title,
                "publisher": source.publisher,
                "kind": source.kind,
                "year": source.year,
                "region": source.region,
                "official": source.official,
                "url": source.url,
                "format": source.format,
                "licence": source.licence,
                "note": source.note,
                "file": found[0] if found is not None and here else None,
                "sha256": found[1].sha256 if found is not None and here else None,
            }
        )
    return state


def print_sources(state: Sequence[dict[str, Any]]) -> None:
    """Print the list as a table."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Sources publiques", padding=(0, 0, 0, 1))
    table.add_column("Id", no_wrap=True)
    table.add_column("Titre", overflow="fold", ratio=1)
    table.add_column("Éditeur", overflow="fold", max_width=16)
    table.add_column("Année", no_wrap=True)
    table.add_column("Ici", no_wrap=True)
    for entry in state:
        title = Text(entry["title"])
        if entry["kind"] != "autre":
            title.append(f" ({KIND_LABELS[entry['kind']]})", style="dim")
        table.add_row(
            entry["id"],
            title,
            Text(entry["publisher"]),
            str(entry["year"] or "–"),
            "oui" if entry["file"] else "",
        )
    console = Console()
    console.print(table)
    here = sum(entry["file"] is not None for entry in state)
    console.print(f"{len(state)} sources, {here} déjà là. {UNCHECKED}", highlight=False)


def download_sources(
    listing: Path,
    folder: Path,
    wanted: Sequence[str],
    *,
    everything: bool,
    max_bytes: int,
    overwrite: bool = False,
    proxy: str | None = None,
    local: bool = False,
    show: Callable[[Any], None] | None = None,
) -> int:
    """Fetch sources one after the other, telling each as it ends.

    Args:
        listing: the list of sources.
        folder: where documents go; created when absent.
        wanted: identifiers of the sources.
        everything: take all of them instead.
        max_bytes: larger documents are refused.
        overwrite: fetch again a file that was changed on the disk.
        proxy: address of the organisation's proxy.
        local: accept addresses that are not public.
        show: receives one JSON object a source, instead of lines for a person.

    Returns:
        Number of sources that failed.

    Raises:
        SourceListError: nothing was chosen, or an identifier is unknown.
        DownloadError: the folder cannot be written.
    """
    from assistant.sources.addresses import AddressPolicy
    from assistant.sources.download import Downloader, prepare_folder

    sources = load_sources(listing)
    chosen: list[Source] = sources if everything else choose(sources, wanted)
    if not chosen:
        raise SourceListError(
            "Aucune source n’a été choisie.",
            "Donnez des identifiants (assistant corpus sources) ou --tous.",
        )
    prepare_folder(folder)
    _say(UNCHECKED)
    policy = AddressPolicy(frozenset(source.host for source in chosen), local=local)
    downloader = Downloader(folder, policy, max_bytes, proxy=proxy, overwrite=overwrite)
    counts = dict.fromkeys(_SHOWN, 0)
    for source in chosen:
        outcome = downloader.fetch(source)
        counts[outcome.status] += 1
        if show is not None:
            show(
                {
                    "id": outcome.id,
                    "statut": outcome.status,
                    "message": outcome.message,
                    "fichier": outcome.file,
                    "octets": outcome.octets,
                    "sha256": outcome.sha256,
                    "url": source.url,
                }
            )
        elif outcome.status == "echec":
            print(f"{source.id}  échec\u00a0: {outcome.message}\n        {source.url}", flush=True)
        else:
            size = f"{max(1, outcome.octets >> 10)} Kio, {(outcome.sha256 or '')[:12]}…"
            print(
                f"{source.id}  {_SHOWN[outcome.status]}\u00a0: {outcome.file} ({size})", flush=True
            )
    _say(
        f"Terminé\u00a0: {counts['telecharge']} téléchargé(s), {counts['deja_la']} déjà là, "
        f"{counts['echec']} échec(s), dans «\u00a0{folder}\u00a0»."
    )
    if counts["telecharge"]:
        _say(f"Pour les lire\u00a0: assistant ingerer «\u00a0{folder}\u00a0».")
    return counts["echec"]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
