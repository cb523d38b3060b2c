"""Options that say where to look, shared by `demander` and `chercher`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.model import Filters

_AGAIN = "l'option se répète"

DocumentsOption = Annotated[
    list[str] | None,
    typer.Option("--document", help=f"Ne chercher que dans ce fichier ({_AGAIN})."),
]
KindsOption = Annotated[
    list[str] | None,
    typer.Option("--type", help=f"Ne chercher que dans ce type de documents ({_AGAIN})."),
]
PublishersOption = Annotated[
    list[str] | None,
    typer.Option("--editeur", help=f"Ne chercher que chez cet éditeur ({_AGAIN})."),
]
RegionsOption = Annotated[
    list[str] | None,
    typer.Option("--region", help=f"Ne chercher que pour cette région ({_AGAIN})."),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--depuis", help="Documents datés d'au plus tôt : 2024, 2024-07, 08/07/2024."),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--jusqua", help="Documents datés d'au plus tard : 2024, 2024-07, 08/07/2024."),
]
UnreadOption = Annotated[
    bool,
    typer.Option(
        "--sans-filtre-reconnu", help="Ne pas tenir compte des filtres lus dans la question."
    ),
]


def filters_of(
    files: list[str] | None,
    kinds: list[str] | None,
    publishers: list[str] | None,
    regions: list[str] | None,
    since: str | None,
    until: str | None,
) -> Filters:
    """The filter that the options of a command make."""
    from assistant.model import Filters

    return Filters(
        files=tuple(files or ()),
        kinds=tuple(kinds or ()),
        publishers=tuple(publishers or ()),
        regions=tuple(regions or ()),
        since=since,
        until=until,
    )
