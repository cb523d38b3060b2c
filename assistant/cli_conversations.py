"""`assistant conversations …`: the conversations kept on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli_support import (
    IndexOption,
    JsonOption,
    french_errors,
    open_settings,
    print_json,
)
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.conversations.store import ConversationStore
    from assistant.model import Answer, Document, Page

conversations_app = typer.Typer(
    help="Conversations gardées sur cette machine : lister, exporter, supprimer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

IdArgument = Annotated[
    str,
    typer.Argument(
        help="Identifiant de la conversation, ou son début (voir : assistant conversations lister)."
    ),
]
ConfirmOption = Annotated[bool, typer.Option("--oui", help="Ne pas demander de confirmation.")]


@conversations_app.command("lister")
def conversations_lister(
    recherche: Annotated[
        str, typer.Argument(help="Ne montrer que celles qui contiennent ces mots.")
    ] = "",
    limite: Annotated[
        int, typer.Option("--limite", min=1, max=1000, help="Nombre de conversations.")
    ] = 50,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Les conversations, la dernière utilisée d'abord."""
    with french_errors():
        found = _store(index).list(recherche, limit=limite)
        for one in found:
            if json_output:
                print_json(one.model_dump(mode="json"))
            else:
                plural = "s" if one.count > 1 else ""
                typer.echo(
                    f"{one.id[:8]}  {one.updated.astimezone():%d/%m/%Y %H:%M}  "
                    f"{one.count} échange{plural}  {inert(one.title)}"
                )
        if not found and not json_output:
            typer.echo("Aucune conversation.", err=True)


@conversations_app.command("exporter")
def conversations_exporter(
    conversation: IdArgument,
    fichier: Annotated[
        Path, typer.Argument(help="Fichier à écrire : .docx, .odt, .pdf, .md ou .json.")
    ],
    index: IndexOption = None,
) -> None:
    """Écrire une conversation avec ses preuves, relues dans les pages."""
    with french_errors():
        from assistant.conversations.checking import recheck
        from assistant.exports.conversation import export_conversation

        store = _store(index)
        format_ = format_of(fichier)
        found = store.get(_whole_id(store, conversation))
        page, documents = corpus_of(index)
        turns = []
        for turn in found.turns:
            answer, doubts = recheck(turn.answer, page)
            turns.append(turn.model_copy(update={"answer": answer, "doubts": doubts}))
        found = found.model_copy(update={"turns": turns})
        organisation = open_settings(index).organisation
        content = export_conversation(
            found, format_, documents=documents, organisation=organisation
        )
        save(fichier, content)
        doubtful = sum(bool(turn.doubts) for turn in turns)
        if doubtful:
            typer.echo(f"{doubtful} réponse(s) à revérifier : voir le fichier.", err=True)


@conversations_app.command("supprimer")
def conversations_supprimer(
    conversation: Annotated[
        str, typer.Argument(help="Identifiant de la conversation, ou son début.")
    ] = "",
    toutes: Annotated[bool, typer.Option("--toutes", help="Supprimer toutes.")] = False,
    oui: ConfirmOption = False,
    index: IndexOption = None,
) -> None:
    """Supprimer une conversation pour de bon, ou toutes."""
    with french_errors():
        store = _store(index)
        if toutes == bool(conversation):
            raise typer.BadParameter("Donnez une conversation, ou --toutes.")
        if toutes:
            _confirm(f"Supprimer les {store.count()} conversations ?", oui)
            count = store.delete_all()
        else:
            found = store.get(_whole_id(store, conversation), last=0)
            _confirm(f"Supprimer « {found.title} » ?", oui)
            store.delete(found.id)
            count = 1
        typer.echo(_deleted(count), err=True)


@conversations_app.command("purger")
def conversations_purger(
    jours: Annotated[
        int | None,
        typer.Option("--jours", min=0, help="Jours sans échange (par défaut, ceux des réglages)."),
    ] = None,
    oui: ConfirmOption = False,
    index: IndexOption = None,
) -> None:
    """Supprimer pour de bon les conversations qui n'ont plus servi."""
    with french_errors():
        store = _store(index)
        days = store.max_days if jours is None else jours
        if jours is None and not days:
            typer.echo("Les conversations sont gardées sans limite ; donnez --jours.", err=True)
            return
        _confirm(f"Supprimer les conversations sans échange depuis {days} jours ?", oui)
        typer.echo(_deleted(store.purge(days)), err=True)


def export_to(
    path: Path, answer: Answer, documents: dict[str, Document], organisation: str
) -> None:
    """Write an answer in the format that the name of the file says.

    Raises:
        InvalidFormatError: no such format.
        StorageError: the file cannot be written.
    """
    from assistant.exports.answer import export_answer

    content = export_answer(answer, format_of(path), documents=documents, organisation=organisation)
    save(path, content)


def format_of(path: Path) -> str:
    """Format of an export, by the name of its file.

    Raises:
        InvalidFormatError: no such format.
    """
    from assistant.errors import InvalidFormatError
    from assistant.exports.answer import MEDIA_TYPES

    format_ = path.suffix.lower().removeprefix(".")
    if format_ not in MEDIA_TYPES:
        raise InvalidFormatError(
            f"Le nom « {path.name} » ne dit pas le format.",
            f"Terminez-le par : {', '.join(f'.{name}' for name in MEDIA_TYPES)}.",
        )
    return format_


def save(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        StorageError: the disk refuses.
    """
    from assistant.errors import StorageError, cause

    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"Le fichier « {path} » ne peut pas être écrit ({cause(error)}).",
            "Vérifiez le dossier, ses droits et la place qui reste.",
        ) from error
    typer.echo(f"Fichier écrit : {path}", err=True)


def _store(index: Path | None) -> ConversationStore:
    from assistant.conversations.models import ConversationsOffError
    from assistant.conversations.store import everybody, open_store

    # Whoever types commands on the machine holds the file: no conversation is closed to them.
    store = open_store(open_settings(index), owner=everybody)
    if store is None:
        raise ConversationsOffError(
            "Les conversations ne sont pas gardées : la configuration l'a choisi.",
            "Activez l'option « conversations » (ASSISTANT_CONVERSATIONS=true).",
        )
    return store


def _whole_id(store: ConversationStore, start: str) -> str:
    """The conversation whose identifier begins so; the start itself when none or several do."""
    found = [one.id for one in store.list(limit=1000) if one.id.startswith(start)]
    return found[0] if start and len(found) == 1 else start


def corpus_of(index: Path | None) -> tuple[Any, dict[str, Document]]:
    """How to read a stored page, and the documents; an index that left proves nothing."""
    from assistant.errors import AssistantError, DocumentNotFoundError
    from assistant.index.catalogue import Catalogue

    def absent(document_id: str, number: int) -> Page:
        raise DocumentNotFoundError("Le document n'est plus dans l'index.")

    try:
        catalogue = Catalogue(open_settings(index).index_dir / "catalogue.sqlite")
        return catalogue.page, dict(catalogue.documents())
    except AssistantError:
        return absent, {}


def _confirm(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        raise typer.Exit(1)


def _deleted(count: int) -> str:
    plural = "s" if count > 1 else ""
    return f"{count} conversation{plural} supprimée{plural}."
