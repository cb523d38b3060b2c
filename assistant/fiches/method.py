"""The method as data: axes, functions, criteria, scales and fields of the fiche, in one TOML file.

An ARS adapts its grid by writing another file (`grilles/` holds an example) and naming it in
`ASSISTANT_FICHE_METHOD`; no code knows an axis or a criterion by name.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import AssistantError
from assistant.fiches.model import MethodId, Side

DEFAULT: Final = Path(__file__).with_name("methode.toml")


class MethodError(AssistantError):
    """The grid file is missing or does not hold a valid method."""

    code = "methode_invalide"


class _Data(BaseModel):
    """Base of the grid: an unknown key is a mistake that must be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Axis(_Data):
    """An axis of the map of use cases; `words` and `examples` are what a request is compared to."""

    code: str = Field(min_length=1)
    label: str = Field(min_length=1)
    description: str = ""
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class AiFunction(_Data):
    """A function of AI, recognised by what the system does (`words`) or by examples."""

    code: str = Field(min_length=1)
    label: str = Field(min_length=1)
    description: str = ""
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Level(_Data):
    """A level of a scale: `value` from 0 (lowest) to 1, `meaning` when the source gives one."""

    code: str = Field(min_length=1)
    label: str = Field(min_length=1)
    value: float = Field(ge=0.0, le=1.0)
    meaning: str = ""


class Scale(_Data):
    """Levels from the lowest to the highest."""

    code: str = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=2)

    def level(self, code: str) -> Level | None:
        """A level by its code."""
        return next((one for one in self.levels if one.code == code), None)


class Criterion(_Data):
    """A criterion of the matrix.

    Attributes:
        label: `None` when the source does not give it: the fiche says « intitulé non connu ».
        scale: code of its scale.
        aspects: sub-criteria that the source names.
        query: words searched, with the title, for evidence of it.
        question: what to ask when nothing notes it.
    """

    code: str = Field(min_length=1)
    side: Side
    label: str | None = None
    scale: str
    aspects: tuple[str, ...] = ()
    query: str = ""
    question: str = Field(min_length=1)


FieldKind = Literal[
    "titre",
    "axe",
    "texte",
    "fonctions",
    "impacts",
    "efforts",
    "matrice",
    "financement",
    "sources",
]


class FieldSpec(_Data):
    """A field of the fiche.

    Attributes:
        key: stable name, used by the API and in the JSON.
        kind: how it is filled; a `texte` field is filled from the corpus or by a person.
        help: what is expected, shown beside the field.
        question: what to ask when the corpus does not say.
        queries: searches made for it; `{titre}` stands for the title and the description.
        terms: the evidence must hold one of these words (compared without accents, by stem);
            empty when any evidence on the subject serves.
        kinds: kinds of documents searched, keys of `assistant.model.KIND_LABELS`; empty for all.
        general: whether evidence that holds for any use case (a rule, a call for projects) may
            fill it; it is then « partiel », and says so.
        without_ai: whether a text that does not speak of AI may fill it, as a need or a strategy
            exists before any AI; the other fields describe the project itself.
        limit: statements shown at most.
        typed: parts of the request shown in it, as its author wrote them.
    """

    key: str = Field(pattern=r"^[a-z][a-z_]*$")
    label: str = Field(min_length=1)
    kind: FieldKind = "texte"
    help: str = ""
    question: str = Field(min_length=1)
    queries: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    general: bool = False
    without_ai: bool = False
    limit: int = Field(default=4, ge=1, le=20)
    typed: tuple[Literal["need", "service", "constraints"], ...] = ()


class Method(_Data):
    """A whole grid."""

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = ""
    axes: tuple[Axis, ...] = Field(min_length=1)
    functions: tuple[AiFunction, ...] = Field(min_length=1)
    scales: tuple[Scale, ...] = Field(min_length=1)
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    fields: tuple[FieldSpec, ...] = Field(min_length=1)
    hash: str = ""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        for what, codes in (
            ("axes", [one.code for one in self.axes]),
            ("functions", [one.code for one in self.functions]),
            ("scales", [one.code for one in self.scales]),
            ("criteria", [one.code for one in self.criteria]),
            ("fields", [one.key for one in self.fields]),
        ):
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{what} : code en double, {', '.join(twice)}")
        known = {one.code for one in self.scales}
        for criterion in self.criteria:
            if criterion.scale not in known:
                raise ValueError(f"critère {criterion.code} : échelle inconnue, {criterion.scale}")
        for scale in self.scales:
            values = [level.value for level in scale.levels]
            if values != sorted(set(values)):
                raise ValueError(
                    f"échelle {scale.code} : niveaux à ranger du plus bas au plus haut"
                )
        kinds = [one.kind for one in self.fields if one.kind != "texte"]
        if len(kinds) != len(set(kinds)):
            raise ValueError("fields : un seul champ de chaque genre autre que « texte »")
        if "titre" not in kinds:
            raise ValueError("fields : il manque le champ de genre « titre »")
        return self

    @property
    def identity(self) -> MethodId:
        """What a fiche keeps of the grid it was drafted with."""
        return MethodId(id=self.id, version=self.version, title=self.title, hash=self.hash)

    def scale_of(self, criterion: Criterion) -> Scale:
        """The scale of a criterion of this grid."""
        return next(one for one in self.scales if one.code == criterion.scale)

    def criteria_of(self, side: Side) -> tuple[Criterion, ...]:
        """The criteria of one side of the matrix, in order."""
        return tuple(one for one in self.criteria if one.side == side)


def load_method(path: Path | None = None) -> Method:
    """Read and check a grid.

    Args:
        path: the TOML file; the grid that comes with the software when `None`.

    Raises:
        MethodError: the file is missing, unreadable, or not a valid grid; the message says where.
    """
    chosen = path or DEFAULT
    try:
        content = chosen.read_bytes()
    except OSError as error:
        raise MethodError(
            f"La grille « {chosen} » n’est pas lisible.",
            "Vérifiez le chemin donné par ASSISTANT_FICHE_METHOD.",
        ) from error
    return _parse(content, str(chosen))


@lru_cache(maxsize=8)
def _parse(content: bytes, name: str) -> Method:
    try:
        raw = tomllib.loads(content.decode("utf-8"))
        return Method.model_validate({**raw, "hash": hashlib.sha256(content).hexdigest()[:16]})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MethodError(
            f"La grille « {name} » n’est pas un fichier TOML valide : {error}.",
            "Corrigez la ligne indiquée, ou repartez de la grille fournie.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "grille"
        raise MethodError(
            f"La grille « {name} » n’est pas valide ({where}) : {first['msg']}.",
            "Corrigez ce point, ou repartez de la grille fournie.",
        ) from error
