"""The metrics of the service, as Prometheus reads them; for administrators only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from assistant import __version__, egress
from assistant.api import openapi, problems
from assistant.audit import trail
from assistant.audit.model import AuditKeyError, AuditUnavailableError, AuditUnreadableError
from assistant.counters import counters
from assistant.engine_port import Engine
from assistant.errors import AssistantError
from assistant.library.desk import Library
from assistant.stopping import ServiceStoppingError

problems.DOMAIN[AuditUnavailableError] = (503, "Journal d’audit indisponible")
problems.DOMAIN[AuditUnreadableError] = (503, "Journal d’audit illisible")
problems.DOMAIN[AuditKeyError] = (503, "Clé du journal d’audit inutilisable")
problems.DOMAIN[ServiceStoppingError] = (503, "Service en cours d’arrêt")

_PAGES: Final = ("text", "ocr", "empty", "unreadable")
_started: Final = time.monotonic()


class _Facts(Collector):
    """What is true now, asked when the metrics are read."""

    def __init__(self, assistant: Engine, library: Library) -> None:
        self._assistant = assistant
        self._library = library

    def collect(self) -> Iterator[Metric]:
        """Give the facts."""
        version = GaugeMetricFamily("assistant_version", "Version du logiciel.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        # A clock that is set back must not make the service younger.
        yield GaugeMetricFamily(
            "assistant_en_service_secondes",
            "Durée de service.",
            value=time.monotonic() - _started,
        )
        guard = egress.guard()
        yield CounterMetricFamily(
            "assistant_connexions_bloquees",
            "Connexions sortantes bloquées par le garde-réseau.",
            value=guard.total if guard else 0,
        )
        log = trail.installed()
        if log is not None:
            yield GaugeMetricFamily(
                "assistant_journal_en_attente",
                "Entrées du journal d’audit qui attendent le disque.",
                value=log.late,
            )
        waiting, running = self._library.queue()
        jobs = GaugeMetricFamily(
            "assistant_travaux", "Travaux sur l’index, en attente ou en cours.", labels=["etat"]
        )
        jobs.add_metric(["en_attente"], waiting)
        jobs.add_metric(["en_cours"], running)
        yield jobs
        yield from self._index()

    def _index(self) -> Iterator[Metric]:
        status: dict[str, Any] = {}
        with contextlib.suppress(AssistantError):
            status = self._assistant.status()
        yield GaugeMetricFamily(
            "assistant_pret",
            "1 quand les questions obtiennent leur réponse sans attendre.",
            value=int(self._assistant.ready),
        )
        for name, said in (("documents", "Documents indexés."), ("passages", "Passages indexés.")):
            if isinstance(status.get(name), int):
                yield GaugeMetricFamily(f"assistant_index_{name}", said, value=status[name])
        pages = GaugeMetricFamily("assistant_index_pages", "Pages, par issue.", labels=["issue"])
        read = status.get("pages") or {}
        for outcome in _PAGES:
            pages.add_metric([outcome], read.get(outcome, 0))
        yield pages


def router(assistant: Engine, library: Library) -> APIRouter:
    """The route of the metrics.

    Args:
        assistant: the engine as callers see it: whoever does not manage the corpus reads the
            counts of the documents they may see.
        library: the work on the index.
    """
    routes = APIRouter(prefix="/v1", tags=["Service"], responses=openapi.PROBLEMS)
    facts = CollectorRegistry()
    facts.register(_Facts(assistant, library))
    ProcessCollector(namespace="assistant", registry=facts)

    @routes.get(
        "/metriques",
        summary="Mesures du service",
        description="Compteurs et durées au format texte de Prometheus : requêtes par adresse et "
        "par statut, questions par issue, étapes des réponses, index et travaux sur l’index, "
        "mémoire, connexions bloquées. Aucune étiquette ne nomme un document, une question ni une "
        "personne.",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Les mesures."}},
    )
    def metrics() -> Response:
        content = generate_latest(counters().registry) + generate_latest(facts)
        return Response(content, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
