"""What the API answers is what its own description says, whatever is sent to it.

A few requests a route, the same ones each time; `eval/bancs/contrat.py` sends many more to a real
index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from tests.api.conftest import BASE
from tests.api.fake import FakeEngine
from tests.ui.fiche_essai import draft_sample


def no_defect(_: schemathesis.CheckContext, response: schemathesis.Response, __: Any) -> None:
    """Nothing unexpected; 503 may be the truth: the fake engine has no index on the disk."""
    assert response.status_code != 500, response.text


CHECKS: list[Callable[..., Any]] = [
    no_defect,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
A_ROUTE = 2
SLOW = {"GET /v1/fiches/portefeuille/dossier", "GET /v1/fiches/portefeuille/tableau"}
"""Files whose making takes seconds; their own tests read them."""

ANYTHING = {
    "GET /v1/models/{name}",
    "GET /v1/documents/{document_id}",
    "GET /v1/documents/{document_id}/fichier",
    "POST /v1/corpus/retraits/{document_id}/reprise",
}
"""Routes that take one text, whatever it is: nothing sent can be wrong, which is long to find."""


def send(client: TestClient, case: schemathesis.Case) -> None:
    """Send a request as generated, and check what comes back."""
    asked = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    response = client.request(
        str(asked.method),
        str(asked.url),
        content=asked.body,
        headers=dict(asked.headers),
    )
    case.validate_response(response, checks=CHECKS)


def test_every_route_answers_as_it_is_described(
    client: TestClient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.fiches.drafting.draft_fiche", draft_sample)
    monkeypatch.setattr("assistant.fiches.refresh.refresh", lambda fiche, *_, **__: (fiche, []))
    monkeypatch.setattr(FakeEngine, "passages", lambda *_: [], raising=False)
    document = client.get("/openapi.json").json()
    failures: list[str] = []
    tried = 0
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        if operation.label in SLOW:
            continue
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and operation.label in ANYTHING:
                continue

            @settings(
                max_examples=A_ROUTE if mode is GenerationMode.POSITIVE else 1,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def attempt(case: schemathesis.Case) -> None:
                nonlocal tried
                tried += 1
                send(client, case)

            try:
                attempt()
            except* Unsatisfiable:
                pass  # nothing it takes can be wrong
            except* Exception as errors:
                failures.append(f"{operation.label} ({mode.name}) : {errors.exceptions}")
    assert tried > 150
    assert failures == []
