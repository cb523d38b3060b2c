"""What the application answers, asked of the application itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI


def addresses(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers."""
    for path, item in app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in item)
    waiting = list(app.routes)
    while waiting:
        route: Any = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting += inner.routes
        elif hasattr(route, "path"):
            path = re.sub(r":\w+\}", "}", route.path)
            yield from ((method, path) for method in route.methods or () if method != "HEAD")
