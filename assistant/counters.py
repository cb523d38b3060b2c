"""What is counted of the service while it runs, for who watches over it.

One registry of our own: the one of the library holds what other libraries put there. No label
names a document, a question or a person: a metric is read by machines that keep it for months.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

    from assistant.model import Answer

ANSWERED: Final = "repondu"
NOT_FOUND: Final = "non_trouve"
FAILED: Final = "erreur"

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Counters:
    """The counters of one process."""

    def __init__(self) -> None:
        """Begin at zero."""
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            Summary,
            disable_created_metrics,
        )

        # When each began to count interests nobody.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not type it

        kept = CollectorRegistry()
        self.registry: CollectorRegistry = kept
        self.requests: Counter = Counter(
            "assistant_requetes",
            "Requêtes HTTP.",
            ["methode", "route", "statut"],
            registry=kept,
        )
        self.durations: Histogram = Histogram(
            "assistant_requete_secondes",
            "Durée des requêtes HTTP, réponse comprise.",
            ["route"],
            buckets=_SECONDS,
            registry=kept,
        )
        self.under_way: Gauge = Gauge(
            "assistant_requetes_en_cours", "Requêtes HTTP en cours.", registry=kept
        )
        self.questions: Counter = Counter(
            "assistant_questions", "Questions, par issue.", ["issue", "mode"], registry=kept
        )
        self.answering: Histogram = Histogram(
            "assistant_reponse_secondes",
            "Durée des réponses.",
            ["mode"],
            buckets=_SECONDS,
            registry=kept,
        )
        self.steps: Histogram = Histogram(
            "assistant_etape_secondes",
            "Durée des étapes d’une réponse (recherche, rédaction).",
            ["etape"],
            buckets=_SECONDS,
            registry=kept,
        )
        self.searches: Counter = Counter(
            "assistant_recherches", "Recherches de passages.", registry=kept
        )
        self.jobs: Summary = Summary(
            "assistant_travail_secondes",
            "Durée des travaux sur l’index, attente non comprise.",
            ["travail", "issue"],
            registry=kept,
        )


@lru_cache(maxsize=1)
def counters() -> Counters:
    """The counters of this process, begun at the first need."""
    return Counters()


def answered(answer: Answer, seconds: float) -> None:
    """Count an answer.

    Args:
        answer: as it is given.
        seconds: how long it took.
    """
    found = counters()
    found.questions.labels(NOT_FOUND if answer.abstained else ANSWERED, answer.mode).inc()
    found.answering.labels(answer.mode).observe(seconds)
    for step, milliseconds in answer.timings_ms.items():
        found.steps.labels(step).observe(milliseconds / 1000)


def failed() -> None:
    """Count a question that got no answer."""
    counters().questions.labels(FAILED, "").inc()


def worked(kind: str, seconds: float, code: str) -> None:
    """Count some work on the index.

    Args:
        kind: what it did.
        seconds: how long it took, once it began.
        code: why it failed or was stopped; empty when it did not.
    """
    counters().jobs.labels(kind, code or "fait").observe(seconds)


def searched() -> None:
    """Count a search."""
    counters().searches.inc()
