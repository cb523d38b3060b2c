"""What can be set, read from `assistant.settings` itself: the reference, and what is in force."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from assistant.settings import REPOSITORY, Settings

ENVIRONMENT: Final = "ASSISTANT_"
FILE: Final = "assistant.toml"
MASKED: Final = "(masqué)"

_HEAD: Final = f"""# Options

Cette page est écrite par `assistant configuration --markdown > docs/configuration.md` : ne la
modifiez pas à la main.

Une option vient, de la plus forte à la plus faible, de la ligne de commande, d’une variable
d’environnement, du fichier `{FILE}` du dossier de travail, puis de sa valeur par défaut. Un nom
inconnu ou une valeur hors de son intervalle est refusé au démarrage. `assistant configuration`
montre les valeurs en vigueur et leur origine, sans les secrets.

Dans `{FILE}`, une option s’écrit sous son nom : `port = 7861`. Les chemins par défaut partent du
dossier du logiciel ; une liste s’écrit `["a", "b"]`, dans le fichier comme dans une variable.

| Option | Variable d’environnement | Valeurs | Par défaut | Rôle |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name in the file, its variable, what it accepts, its default, its role."""

    name: str
    variable: str
    values: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The value of an option in this process, as text, and where it comes from."""

    name: str
    value: str
    origin: str


def options() -> Iterator[Option]:
    """Every option, in the order of the settings."""
    for name, field in Settings.model_fields.items():
        yield Option(
            name,
            f"{ENVIRONMENT}{name.upper()}",
            _values(field),
            _said(field.get_default(call_default_factory=True)),
            field.description or "",
        )


def reference() -> str:
    """The page of reference, as Markdown in French."""
    rows = []
    for one in options():
        default = f"`{one.default}`" if one.default else "aucune"
        cells = (f"`{one.name}`", f"`{one.variable}`", one.values, default, one.description)
        rows.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n")
    return (_HEAD + "".join(rows)).replace(" :", "\u00a0:").replace(" ;", "\u202f;")


def in_force(settings: Settings, file: Path = Path(FILE)) -> Iterator[InForce]:
    """Every option with its value, secrets masked.

    Args:
        settings: the options of this process.
        file: the settings file of the working directory.
    """
    variables = {name.upper() for name in os.environ}
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        written = {}
    for option in options():
        if option.variable in variables:
            origin = option.variable
        elif option.name in written:
            origin = str(file)
        else:
            origin = "défaut"
        yield InForce(option.name, _said(getattr(settings, option.name)), origin)


def _said(value: Any) -> str:
    """A value as it is written in the file, a secret masked, a path of ours shortened."""
    if isinstance(value, SecretStr):
        return MASKED if value.get_secret_value() else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        return str(value.relative_to(REPOSITORY) if value.is_relative_to(REPOSITORY) else value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_said(one) for one in value)}]" if value else ""
    return "" if value is None or value == {} else str(value)


def _values(field: FieldInfo) -> str:
    """What an option accepts, in French."""
    said = _type(field.annotation)
    bounds = {}
    for rule in field.metadata:
        for sign, symbol in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
            if (limit := getattr(rule, sign, None)) is not None:
                bounds[symbol] = f"{symbol} {limit:g}"
    return ", ".join([said, *bounds.values()])


def _type(annotation: Any) -> str:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " ou ".join(f"`{one}`" for one in inside)
    if origin in (Union, UnionType):
        return " ou ".join(_type(one) for one in inside if one is not NoneType)
    if origin in (tuple, list, frozenset, set):
        return f"liste ({_type(inside[0])})"
    if origin is dict:
        return "table"
    names = {bool: "`true` ou `false`", int: "entier", float: "nombre", Path: "chemin"}
    names |= {SecretStr: "secret"}
    return names.get(annotation, "texte")
