"""Starting and stopping: what can go wrong is said in French, and stopping is clean."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from unittest import mock
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from assistant import engine
from assistant.server import HostForbiddenError, PortUnavailableError, listen, serve
from assistant.settings import Settings, address
from tests.api.fake import FakeEngine
from tests.navigateur.conftest import REPOSITORY, STOP_WITHIN_S, free_port, wait_until_open


def test_a_port_already_taken_names_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortUnavailableError) as refusal:
            listen("127.0.0.1", port)
    assert f"Le port {port} est déjà utilisé" in refusal.value.message
    assert "--port" in refusal.value.remedy


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "assistant.ars.test", ""])
def test_listening_beyond_this_machine_is_refused_without_sign_in(host: str) -> None:
    with pytest.raises(HostForbiddenError) as refusal:
        listen(host, 0)
    assert "mot de passe" in refusal.value.message


def test_listening_beyond_this_machine_is_allowed_with_sign_in() -> None:
    with listen("0.0.0.0", 0, sign_in=True) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_who_is_connected_is_not_what_a_header_says(tmp_path: Path) -> None:
    class SeenError(Exception):
        pass

    settings = Settings(index_dir=tmp_path, port=free_port())  # type: ignore[call-arg]
    with (
        mock.patch.object(engine.Assistant, "open", return_value=FakeEngine(tmp_path)),
        mock.patch("uvicorn.Config", side_effect=SeenError) as config,
        pytest.raises(SeenError),
    ):
        serve(settings)
    assert config.call_args.kwargs["proxy_headers"] is False


def test_loopback_names_are_accepted() -> None:
    for host in ("127.0.0.1", "localhost"):
        with listen(host, 0) as listener:
            assert listener.getsockname()[0] == "127.0.0.1"


def test_addresses_can_be_typed_in_a_browser() -> None:
    assert address("127.0.0.1", 7860) == "http://127.0.0.1:7860"
    assert address("::1", 7860) == "http://[::1]:7860"


def seen_while_opening(base: str) -> None:
    """What whoever comes at once is served: the API, and the screens or a page to wait on."""
    with urlopen(f"{base}/v1/sante", timeout=STOP_WITHIN_S) as response:
        assert json.load(response)["etat"] in {"chargement du modèle", "prêt"}
    try:
        urlopen(base, timeout=STOP_WITHIN_S).close()
    except HTTPError as waiting:
        assert waiting.code == 503
        assert "Ouverture de l’assistant" in waiting.read().decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_port_answers_at_once_and_both_signals_stop_the_server(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.navigateur.serveur", str(tmp_path), str(port)],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        # Said once the port is open.
        assert f"Assistant ouvert sur {base}" in process.stderr.readline()
        seen_while_opening(base)
        wait_until_open(base, process)
        # A page left open listens to the server until the end: cutting it is no error.
        listening = urlopen(f"{base}/gradio_api/heartbeat/page")
    finally:
        process.send_signal(number)
        _, said = process.communicate(timeout=STOP_WITHIN_S)
    listening.close()
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == "Assistant arrêté."
    assert "erreur" not in said
    assert "Traceback" not in said


def test_answers_do_not_wait_for_delayed_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener:
        # What asyncio looks at before it turns Nagle's algorithm off.
        assert listener.proto == socket.IPPROTO_TCP
