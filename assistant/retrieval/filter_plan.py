"""What to search in for one question: chosen filters, recognised ones, and when to give up.

A chosen filter is always obeyed; what it hides is counted. A recognised one only ever helps:
where it leaves poorer evidence than the corpus holds, it is set aside and the reader is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.language.analyser import analyse
from assistant.language.typography import typeset
from assistant.model import Document, FilterReport, Filters, Hit
from assistant.retrieval.filters import (
    allowed,
    closest,
    missing,
    missing_notes,
    narrowed,
    outside_sentence,
    overlaps,
)
from assistant.retrieval.recognition import Recognised, recognise, unknown_files, without

SERVES: Final = 0.45
"""Share of the question (by rarity) that a passage must hold to count as one that would serve.

Four right pages in five reach it on development questions.
"""
POORER: Final = 0.85
"""A recognised filter is set aside under this share of the evidence found without it.

On 574 pairs of a development question and a filter put before it, it keeps 90 % of those that
suit and sets aside 92 % of those that do not.
"""
_COMPARED: Final = 5
_ASKING: Final = frozenset(
    analyse(
        "dit disent contient contiennent parle parlent résume résumer indique indiquent précise "
        "prévoit prévoient écrit lit trouve sait apprend propose recommande pense donne présente"
    )
)
"""Terms that ask for whatever a document holds: alone, they look for nothing."""


@dataclass(frozen=True, slots=True)
class FilterPlan:
    """The filters of one question.

    Attributes:
        question: as typed.
        asked: what to look for once the recognised filters are applied.
        explicit: what the reader chose.
        recognised: filters read in the question, to be applied.
        proposed: those the reader may choose.
        documents: the corpus.
    """

    question: str
    asked: str
    explicit: Filters
    recognised: tuple[Recognised, ...]
    proposed: tuple[Recognised, ...]
    documents: tuple[Document, ...]

    @property
    def applied(self) -> Filters:
        """The chosen and the recognised filters together."""
        together = self.explicit
        for one in self.recognised:
            together = narrowed(together, one.filters)
        return together

    @property
    def doubtful(self) -> bool:
        """Whether filters were recognised that the evidence may belie.

        A file called by its name is no guess: that another answers better changes nothing.
        """
        return bool(self.recognised) and not any(one.filters.files for one in self.recognised)

    def lets_through(self, filters: Filters) -> set[str] | None:
        """Documents to search in, `None` for all of them."""
        return allowed(filters, self.documents) if filters else None

    def report(self, *, set_aside: bool = False) -> FilterReport:
        """What the reader is told; `set_aside` when the recognised filters were given up."""
        hints = [one.hint for one in self.recognised]
        return FilterReport(
            applied=self.explicit if set_aside else self.applied,
            recognised=[] if set_aside else hints,
            set_aside=hints if set_aside else [],
            proposed=[one.hint for one in self.proposed],
            missing=missing(self.explicit, self.documents),
        )

    def notes(self, report: FilterReport) -> list[str]:
        """Remarks in French on a report, and on the files named that are not there."""
        notes = report_notes(report)
        files = [document.file for document in self.documents]
        for name in unknown_files(self.question, self.documents)[:2]:
            near = closest(name, files, limit=1)
            notes.append(
                typeset(
                    f"Aucun document indexé ne s’appelle « {name} »."
                    + (f" Le nom le plus proche : « {near[0]} »." if near else "")
                )
            )
        return notes

    def useful(self, hits: Sequence[Hit]) -> bool:
        """Whether one of the best passages holds enough of the question."""
        return _evidence(hits) >= SERVES

    def poorer(self, inside: Sequence[Hit], elsewhere: Sequence[Hit]) -> bool:
        """Whether the recognised filters leave clearly less evidence than there is."""
        best = _evidence(elsewhere)
        return best > 0 and _evidence(inside) < POORER * best

    def outside(self, hits: Sequence[Hit]) -> int:
        """Passages found in the whole corpus, outside the chosen filters, that would serve."""
        inside = allowed(self.explicit, self.documents)
        return sum(hit.document.id not in inside and _coverage(hit) >= SERVES for hit in hits)


def plan(
    question: str, explicit: Filters, documents: Sequence[Document], *, recognised: bool
) -> FilterPlan:
    """Read the filters of a question and decide which to apply.

    Args:
        question: as typed.
        explicit: what the reader chose, with the values of the corpus.
        documents: the corpus.
        recognised: whether filters read in the question may be applied or proposed.
    """
    found = recognise(question, documents) if recognised else []
    applied: list[Recognised] = []
    proposed: list[Recognised] = []
    together = explicit
    for one in found:
        if overlaps(explicit, one.filters):
            continue  # the reader already said
        further = narrowed(together, one.filters)
        if one.sure and allowed(further, documents):
            applied.append(one)
            together = further
        else:
            proposed.append(one)
    asked = without(question, applied)
    if not set(analyse(asked)) - _ASKING:
        asked = question
    return FilterPlan(question, asked, explicit, tuple(applied), tuple(proposed), tuple(documents))


def report_notes(report: FilterReport, *, empty: bool | None = None) -> list[str]:
    """Remarks in French: what was recognised, given up, left out.

    Args:
        report: what was done of the filters.
        empty: whether the filter lets no passage through; given, what stands outside is counted.
    """
    notes = []
    if report.recognised:
        named = " ; ".join(hint.label for hint in report.recognised)
        notes.append(f"Filtre reconnu dans la question : {named}.")
    if report.set_aside:
        named = " ; ".join(hint.label for hint in report.set_aside)
        where = "les filtres choisis" if report.applied else "tout le corpus"
        notes.append(
            "Filtre reconnu dans la question mais mis de côté, faute d’y trouver mieux "
            f"qu’ailleurs : {named}. La recherche porte sur {where}."
        )
    if empty is not None and report.outside:
        notes.append(outside_sentence(report.applied, report.outside, empty=empty))
    return [*map(typeset, notes), *missing_notes(report.missing)]


def chosen(filters: Filters | None, file: str | None, kind: str | None) -> Filters:
    """One filter from the three ways to give it."""
    base = filters or Filters()
    return base.model_copy(
        update={
            "files": tuple(dict.fromkeys((*base.files, *([file] if file is not None else [])))),
            "kinds": tuple(dict.fromkeys((*base.kinds, *([kind] if kind is not None else [])))),
        }
    )


def _evidence(hits: Sequence[Hit]) -> float:
    return max(map(_coverage, hits[:_COMPARED]), default=0.0)


def _coverage(hit: Hit) -> float:
    return float(hit.explain.get("coverage", 0.0))
