"""One index with documents that are not for everyone, its server and its screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assistant.access.current import acting_as
from assistant.access.model import LOCAL, NOBODY
from tests.access.keeping import three_runs, two_fiches, two_sets
from tests.access.visible import MakePdf, Place, restricted
from ui.app import build_interface, mount


@pytest.fixture(scope="session")
def screens(
    tmp_path_factory: pytest.TempPathFactory, make_pdf: MakePdf
) -> Iterator[tuple[Place, Any]]:
    """The server and its screens, built as it does: for nobody."""
    here = restricted(tmp_path_factory.mktemp("acces"), make_pdf)
    with acting_as(NOBODY):
        app: Any = here.client.app
        blocks = build_interface(here.assistant, app.state.sign_in.settings, app.state.library)
        mount(app, blocks)
    with here.client:
        yield here, blocks


@pytest.fixture(scope="session")
def here(screens: tuple[Place, Any]) -> Place:
    """The server alone."""
    return screens[0]


@pytest.fixture(scope="session")
def fiches(here: Place) -> tuple[str, str]:
    """A fiche anybody may see, which names the other as alike, and one of the committee."""
    with acting_as(LOCAL):
        return two_fiches(here)


@pytest.fixture(scope="session")
def runs(here: Place) -> tuple[str, str, str]:
    """An evaluation that anybody may see, one that quotes the committee, one that names it."""
    with acting_as(LOCAL):
        return three_runs(here)


@pytest.fixture(scope="session")
def question_sets(here: Place) -> tuple[str, str]:
    """A set of questions on an open document, and one on the committee's."""
    with acting_as(LOCAL):
        return two_sets(here)
