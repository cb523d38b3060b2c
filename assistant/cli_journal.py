"""`assistant journal`: the audit log, read, verified, exported, purged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from assistant.cli_support import IndexOption, JsonOption, french_errors, open_settings, print_json
from assistant.language.typography import inert

if TYPE_CHECKING:
    from assistant.audit.model import Entry
    from assistant.audit.store import AuditLog

journal_app = typer.Typer(
    name="journal",
    help="Le journal d’audit : qui a fait quoi, quand, sur quoi.",
    no_args_is_help=True,
)

ActionOption = Annotated[
    str, typer.Option("--action", help="Seulement cette action (question, connexion…).")
]
PersonOption = Annotated[str, typer.Option("--personne", help="Seulement cette personne.")]
SinceOption = Annotated[
    datetime | None, typer.Option("--depuis", formats=["%Y-%m-%d"], help="À partir de ce jour.")
]
UntilOption = Annotated[
    datetime | None, typer.Option("--avant", formats=["%Y-%m-%d"], help="Avant ce jour.")
]
_HEADER: Final = (
    *("rang", "date (UTC)", "personne", "moyen", "action", "cibles", "issue"),
    *("index", "modèles", "détails", "empreinte précédente", "empreinte", "sceau"),
)


@journal_app.command("verifier")
def journal_verifier(
    temoin: Annotated[
        list[str] | None,
        typer.Option(
            "--temoin",
            metavar="RANG:EMPREINTE",
            help="Ce que vous aviez noté ailleurs ; répétable. Retrouve une copie ancienne remise "
            "à la place du journal.",
        ),
    ] = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Relire toute la chaîne : une entrée changée, retirée, ajoutée ou déplacée se voit."""
    with french_errors():
        verdict = _log(index).verify(_witnesses(temoin or []))
    if json_output:
        print_json(
            {
                "entrees": verdict.entries,
                "rang": verdict.head.sequence,
                "empreinte": verdict.head.hash,
                "fautes": list(verdict.faults),
                "sans_sceau": verdict.unsealed,
                "horloge_reculee": list(verdict.backwards),
            }
        )
    else:
        for fault in verdict.faults:
            typer.echo(f"✗ {inert(fault)}")
        if verdict.sound:
            typer.echo(f"✓ {verdict.entries} entrées, chaîne intacte.")
        if verdict.unsealed:
            typer.echo(f"! Les {verdict.unsealed} premières entrées ont précédé la clé.")
        if verdict.backwards:
            ranks = ", ".join(str(rank) for rank in verdict.backwards)
            typer.echo(f"! L’horloge de la machine a reculé avant : {ranks}.")
        typer.echo(
            f"Dernière entrée, à noter ailleurs : {verdict.head.sequence}:{verdict.head.hash}"
        )
    if not verdict.sound:
        raise typer.Exit(1)


@journal_app.command("lister")
def journal_lister(
    nombre: Annotated[int, typer.Option("--nombre", "-n", min=1, help="Les dernières.")] = 30,
    action: ActionOption = "",
    personne: PersonOption = "",
    depuis: SinceOption = None,
    avant: UntilOption = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Montrer les dernières entrées, la plus récente à la fin."""
    with french_errors():
        found = _log(index).entries(
            since=_utc(depuis),
            until=_utc(avant),
            action=_known(action),
            person=personne,
            last=nombre,
        )
        for entry in found:
            if json_output:
                print_json(_fields(entry))
                continue
            event = entry.event
            at = datetime.fromisoformat(event.at).astimezone()
            said = f"{entry.sequence:>6}  {at:%d/%m/%Y %H:%M:%S}  {event.person or 'inconnu'}  "
            said += f"{_label(event.action)} : {event.outcome}"
            said += f"  {' '.join(event.targets)}" if event.targets else ""
            typer.echo(inert(said))


@journal_app.command("exporter")
def journal_exporter(
    fichier: Annotated[Path, typer.Argument(help="Fichier à écrire, en .csv ou en .jsonl.")],
    action: ActionOption = "",
    personne: PersonOption = "",
    depuis: SinceOption = None,
    avant: UntilOption = None,
    index: IndexOption = None,
) -> None:
    """Écrire le journal dans un fichier lisible par vous seul."""
    with french_errors():
        from assistant.errors import InvalidFormatError

        form = fichier.suffix.lower()
        if form not in {".csv", ".jsonl"}:
            raise InvalidFormatError(
                f"Le nom « {fichier.name} » ne dit pas le format.",
                "Terminez-le par .csv ou par .jsonl.",
            )
        log = _log(index)
        found = log.entries(
            since=_utc(depuis), until=_utc(avant), action=_known(action), person=personne
        )
        count = _save(fichier, found, "csv" if form == ".csv" else "jsonl")
        _note_export(fichier, count)
    typer.echo(f"{count} entrées écrites : {fichier}", err=True)


@journal_app.command("purger")
def journal_purger(
    jours: Annotated[
        int | None,
        typer.Option("--jours", min=1, help="Plus anciennes que cela (sinon : audit_days)."),
    ] = None,
    oui: Annotated[bool, typer.Option("--oui", help="Ne pas demander.")] = False,
    index: IndexOption = None,
) -> None:
    """Effacer les entrées anciennes ; la purge est elle-même inscrite, la chaîne se vérifie."""
    with french_errors():
        log = _log(index)
        kept = jours if jours is not None else log.days
        if not kept:
            typer.echo("Aucune durée n’est fixée : rien n’est effacé. Donnez --jours.", err=True)
            raise typer.Exit(2)
        if not oui and not typer.confirm(
            f"Effacer les entrées de plus de {kept} jours ?", err=True
        ):
            raise typer.Exit(1)
        gone = log.purge(kept)
    typer.echo(f"{gone} entrées effacées.", err=True)


def _log(index: Path | None) -> AuditLog:
    from assistant.audit.model import AuditOffError
    from assistant.audit.store import open_log

    log = open_log(open_settings(index))
    if log is None:
        raise AuditOffError(
            "Le journal d’audit n’est pas tenu : la configuration l’a choisi.",
            "Activez l’option « audit » (ASSISTANT_AUDIT=true).",
        )
    return log


def _witnesses(given: list[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for one in given:
        rank, _, noted = one.partition(":")
        if not rank.isdecimal() or len(noted.strip()) != 64:
            raise typer.BadParameter(
                f"« {inert(one)} » : écrivez le rang, deux points, puis les 64 signes de "
                "l’empreinte.",
                param_hint="--temoin",
            )
        found[int(rank)] = noted.strip().lower()
    return found


def _known(action: str) -> str:
    from assistant.audit.model import Action

    names = [str(one) for one in Action]
    if action and action not in names:
        raise typer.BadParameter(f"choisissez parmi : {', '.join(names)}", param_hint="--action")
    return action


def _label(action: str) -> str:
    from assistant.audit.model import ACTION_LABELS, Action

    return ACTION_LABELS[Action(action)] if action in set(Action) else action


def _utc(day: datetime | None) -> str:
    """The beginning of a day of this machine, as lines are dated."""
    if day is None:
        return ""
    return day.astimezone(UTC).isoformat(timespec="microseconds")


def _fields(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "rang": entry.sequence,
        "date": event.at,
        "personne": event.person,
        "moyen": event.means,
        "action": event.action,
        "cibles": list(event.targets),
        "issue": event.outcome,
        "index": event.index,
        "modeles": dict(event.models),
        "details": dict(event.details),
        "precedente": entry.previous,
        "empreinte": entry.hash,
        "sceau": entry.seal,
    }


def _save(path: Path, entries: Iterator[Entry], form: Literal["csv", "jsonl"]) -> int:
    """Write entries to a file that nobody else reads; returns how many.

    Raises:
        StorageError: the disk refuses.
    """
    import os

    from assistant.errors import StorageError, cause
    from assistant.exports.spreadsheet import csv_bytes

    rows = [_fields(entry) for entry in entries]
    if form == "csv":
        content = csv_bytes(
            _HEADER, [tuple(_cell(value) for value in row.values()) for row in rows]
        )
    else:
        content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    try:
        with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
    except OSError as error:
        raise StorageError(
            f"Le fichier « {path} » ne peut pas être écrit ({cause(error)}).",
            "Vérifiez le dossier, ses droits et la place qui reste.",
        ) from error
    return len(rows)


def _cell(value: Any) -> str | int:
    if isinstance(value, int | str):
        return value
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


def _note_export(path: Path, count: int) -> None:
    """Who takes the log away is written in it."""
    from assistant.audit import trail
    from assistant.audit.model import Action

    trail.note(Action.EXPORT, ["journal"], details={"fichier": path.name, "nombre": count})
