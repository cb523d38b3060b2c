"""A local language model behind an OpenAI-compatible server (llama.cpp, Ollama, vLLM).

llama-index's `OpenAILike` speaks the protocol. What is added here is what a server on a loaded
machine calls for: no connection but to the configured machine, time-outs that hold even when
the server trickles, one retry before the first word, cancellation from any thread, a bound on
what is received, and a single typed error that says what to do.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from assistant import egress
from assistant.errors import AssistantError, ModelServerError
from assistant.generation.wire import (
    ADVICE,
    Cancellation,
    Wire,
    died,
    open_http,
    refused,
    split_address,
    too_long,
)

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    from assistant.settings import Settings

RETRY_AFTER_S = 0.5
"""Seconds before the one retry."""

CHARS_PER_TOKEN = 2.0
"""Characters of French a token is sure to hold on average, when the server cannot count.

Measured on the pages of five French documents: 3.0 to 4.0 for a vocabulary made for English
(SmolLM2), 3.5 to 4.4 for a multilingual one (Qwen2.5), and 2.06 at worst over a thousand
characters (a table of figures).
"""

_DESCRIBED_FOR_S = 60.0

SEED = 7
"""Fixed seed: with a temperature of 0, the same question gets the same answer."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the model is and how long to wait for it.

    Attributes:
        url: address of the API, with its `/v1`.
        hosts: machines of the network that may be reached, besides this one.
        model: its name; empty for the first one the server announces.
        api_key: key of the server, if any.
        total_s: seconds a whole answer may take.
        first_token_s: seconds the first word may take.
        context_tokens: tokens of prompt and answer together.
        max_tokens: tokens of the answer at most.
    """

    url: str
    hosts: tuple[str, ...] = ()
    model: str = ""
    api_key: str = field(default="", repr=False)
    total_s: float = 300.0
    first_token_s: float = 180.0
    context_tokens: int = 3072
    max_tokens: int = 400

    @classmethod
    def of(cls, settings: Settings) -> ServerOptions | None:
        """The options of these settings; `None` when no server is configured."""
        if not settings.llm_url.strip():
            return None
        return cls(
            url=api_address(settings.llm_url),
            hosts=settings.llm_hosts,
            model=settings.llm_model.strip(),
            api_key=settings.llm_api_key.get_secret_value(),
            total_s=settings.llm_timeout_s,
            first_token_s=settings.llm_first_token_s,
            context_tokens=settings.llm_context_tokens,
            max_tokens=settings.llm_max_tokens,
        )


def api_address(url: str) -> str:
    """The address of the API: `/v1` is added to an address without a path.

    Raises:
        ModelServerError: it is no http address, or it carries a password.
    """
    parts = split_address(url.strip())
    path = parts.path.rstrip("/") or "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


class LanguageModel:
    """A model of a server; safe to share between threads, one connection an answer."""

    def __init__(self, options: ServerOptions) -> None:
        """Check the address; nothing is sent.

        Raises:
            ModelServerError: the server is neither on this machine nor on an accepted one.
        """
        self.options = options
        self._host = split_address(options.url).hostname or ""
        self._name = options.model
        self._context = options.context_tokens
        self._described = 0.0
        self._counts_tokens = True
        self._counted: dict[str, int] = {}
        self._takes_schema = True
        if not options.api_key.isascii() or not options.api_key.isprintable():
            raise ModelServerError(
                "La clé d’accès au serveur de modèle contient des caractères impossibles.",
                "Corrigez llm_api_key\u00a0: lettres sans accent, chiffres et signes seulement.",
            )
        known = {name.lower() for name in options.hosts}
        if not egress.EgressGuard().is_allowed(self._host) and self._host.lower() not in known:
            raise ModelServerError(
                f"Le serveur de modèle « {self._host} » n’est pas sur cette machine : les "
                "documents n’en sortent pas.",
                "Si c’est une machine de votre réseau, l’administrateur l’ajoute à llm_hosts.",
            )

    # Facts

    @property
    def name(self) -> str:
        """Name of the model, without the folder nor the extension of its file."""
        return PurePosixPath(self._name).name.removesuffix(".gguf") or "inconnu"

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and answer: as configured, less when the server offers less."""
        return self._context

    @property
    def max_tokens(self) -> int:
        """Tokens of an answer at most."""
        return self.options.max_tokens

    def models(self) -> list[str]:
        """Models that the server announces.

        Raises:
            ModelServerError: it does not answer.
        """
        return [str(item.get("id", "")) for item in self._listed()]

    def describe(self) -> None:
        """Learn the model's name and context from the server; again after a minute.

        Raises:
            ModelServerError: it does not answer, or announces no model.
        """
        now = time.monotonic()
        if self._described and now - self._described < _DESCRIBED_FOR_S:
            return
        listed = self._listed()
        name = self.options.model or next((str(one["id"]) for one in listed if one.get("id")), "")
        if not name:
            raise ModelServerError(
                "Le serveur de modèle n’annonce aucun modèle.",
                "Chargez un modèle dans ce serveur, ou nommez-le dans llm_model.",
            )
        if name != self._name or not self._described:
            # Another model behind the same address: nothing learnt of the former one holds.
            self._name, self._context = name, self.options.context_tokens
            self._counts_tokens = self._takes_schema = True
            self._counted = {}
        for item in listed:
            if item.get("id") == self._name:
                meta = item.get("meta") if isinstance(item.get("meta"), dict) else {}
                announced = item.get("max_model_len") or (meta or {}).get("n_ctx")
                if isinstance(announced, int) and announced > 0:
                    self._context = min(self.options.context_tokens, announced)
        self._described = now

    def _listed(self) -> list[dict[str, Any]]:
        found = self._get_json("GET", f"{self.options.url}/models", retries=1)
        data = found.get("data") if isinstance(found, dict) else None
        return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: counted by the server when it can, else never too few.

        `/tokenize` is no part of OpenAI's API; llama.cpp and vLLM have it, under two forms.
        """
        if not text:
            return 0
        if text in self._counted:
            return self._counted[text]
        bound = int(len(text) / CHARS_PER_TOKEN) + 1
        if not self._counts_tokens:
            return bound
        root = self.options.url.rpartition("/v1")[0] or self.options.url
        try:
            found = self._get_json(
                "POST", f"{root}/tokenize", {"content": text, "prompt": text, "model": self._name}
            )
        except ModelServerError:
            found = None
        count = found.get("count") if isinstance(found, dict) else None
        tokens = found.get("tokens") if isinstance(found, dict) else None
        if not isinstance(count, int):
            count = len(tokens) if isinstance(tokens, list) else 0
        # A text has tokens: a server that counts none does not know how to.
        if count <= 0:
            self._counts_tokens = False
            return bound
        if len(self._counted) > 500:
            self._counted.clear()
        self._counted[text] = count
        return count

    def _get_json(
        self, method: str, url: str, body: dict[str, Any] | None = None, *, retries: int = 0
    ) -> Any:
        """A small exchange besides answers; `None` when it is no JSON.

        Raises:
            ModelServerError: no connection, or a refusal.
        """
        import httpx

        headers = (
            {"Authorization": f"Bearer {self.options.api_key}"} if self.options.api_key else {}
        )
        transport = Wire()
        with (
            self._reachable(),
            open_http(transport, read_s=min(10.0, self.options.total_s)) as client,
        ):
            while True:
                try:
                    response = client.request(method, url, json=body, headers=headers)
                    if response.status_code < 500 or not retries:
                        break
                except httpx.HTTPError as error:
                    if not retries:
                        raise self._absent(error) from error
                retries -= 1
                time.sleep(RETRY_AFTER_S)
        if response.status_code >= 400:
            raise refused(response.status_code)
        try:
            return response.json()
        except ValueError:
            return None

    # Answers

    def stream(
        self,
        system: str,
        user: str,
        *,
        schema: dict[str, Any] | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[str]:
        """Write an answer; gives its text piece by piece as it comes.

        Closing the iterator closes the connection. The text may stop at `max_tokens`: a whole
        last sentence is for the reader of the pieces to check.

        Args:
            system: the instructions.
            user: the question and the passages.
            schema: JSON schema the text must obey, left out when the server refuses it.
            cancellation: stops the answer from another thread; the pieces then simply end.

        Raises:
            ModelServerError: the server is absent, refuses, fails, stops in the middle, or
                takes too long.
        """
        cancellation = cancellation or Cancellation()
        self.describe()
        from llama_index.llms.openai_like import OpenAILike  # noqa: F401

        # The import takes seconds the first time, which the server must not be blamed for.
        deadline = time.monotonic() + self.options.total_s
        retries = 1
        with_schema = schema if self._takes_schema else None
        while True:
            call = _Call(self, system, user, with_schema, deadline, cancellation)
            try:
                yield from call.pieces()
            except _SchemaRefusedError:
                # Refused with the schema: the same without it tells what was refused.
                with_schema = None
                continue
            except ModelServerError as error:
                if call.began or not retries or not call.again or cancellation.cancelled:
                    raise error from error.__cause__
                retries -= 1
                time.sleep(RETRY_AFTER_S)
                continue
            if schema is not None and with_schema is None:
                self._takes_schema = False
            return

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        """Let the guard of this process pass the server's machine, and its addresses only."""
        guard = egress.guard()
        if guard is None or egress.EgressGuard().is_allowed(self._host):
            yield
            return
        guard.allow([self._host])
        try:
            # A name is connected to by number: the numbers it stands for pass as well.
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(self._host, None)}
        except OSError as error:
            raise self._absent(error) from error
        guard.allow(found)
        yield

    def _absent(self, error: Exception) -> ModelServerError:
        parts = split_address(self.options.url)
        where = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        return ModelServerError(
            f"Le serveur de modèle ({where}) ne répond pas.", ADVICE
        ).with_traceback(error.__traceback__)


class _SchemaRefusedError(Exception):
    """The server answered 4xx to a request that carried a JSON schema."""


class _Call:
    """One request, from its sending to its last piece.

    Attributes:
        began: whether something was received.
        again: whether the same request may succeed a moment later.
    """

    def __init__(
        self,
        model: LanguageModel,
        system: str,
        user: str,
        schema: dict[str, Any] | None,
        deadline: float,
        cancellation: Cancellation,
    ) -> None:
        self.began = False
        self.again = False
        self._model = model
        self._messages = (("system", system), ("user", user))
        self._schema = schema
        self._deadline = deadline
        self._cancellation = cancellation
        self._late = False

    def pieces(self) -> Iterator[str]:
        """The text; see `LanguageModel.stream`."""
        options, left = self._model.options, self._deadline - time.monotonic()
        if left <= 0:
            raise too_long()
        wire = Wire()

        def expire() -> None:
            self._late = True
            wire.cut()

        # A trickle defeats the time-outs of a socket: these hold whatever comes.
        watches = [threading.Timer(left, expire), threading.Timer(options.first_token_s, expire)]
        finished: str | None = None
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._model._reachable())
            client = stack.enter_context(open_http(wire, read_s=min(left, options.first_token_s)))
            for watch in watches:
                watch.daemon = True
                watch.start()
                stack.callback(watch.cancel)
            stack.enter_context(self._cancellation.stopping(wire.cut))
            try:
                for piece, reason in self._received(client):
                    self.began = True
                    finished = reason or finished
                    if piece:
                        watches[1].cancel()
                        yield piece
                    if self._late:
                        raise too_long()
            except (AssistantError, _SchemaRefusedError):
                raise
            except Exception as error:
                if self._cancellation.cancelled:
                    return
                raise self._failure(error, wire) from error
        if self._cancellation.cancelled:
            return
        if self._late:
            raise too_long()
        if finished is None:
            raise died()

    def _received(self, client: httpx.Client) -> Iterator[tuple[str, str | None]]:
        """Pieces of text, and why the last one is the last."""
        from llama_index.core.llms import ChatMessage

        model = _open_like(self._model, client)
        options: dict[str, Any] = {}
        if self._schema is not None:
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reponse", "strict": True, "schema": self._schema},
            }
        messages = [ChatMessage(role=role, content=text) for role, text in self._messages]
        for response in model.stream_chat(messages, **options):
            choices: Sequence[Any] = getattr(response.raw, "choices", None) or ()
            yield response.delta or "", choices[0].finish_reason if choices else None

    def _failure(  # noqa: PLR0911  # one return per kind of failure
        self, error: Exception, wire: Wire
    ) -> Exception:
        """What went wrong, as one of ours."""
        import httpx
        import openai

        if self._late or isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
            if isinstance(error.__cause__, httpx.ConnectTimeout):
                self.again = True
                return self._model._absent(error)
            return too_long("" if self.began else " n’a pas donné son premier mot et")
        if wire.overflowed:
            return ModelServerError(
                "Le serveur de modèle envoie une réponse démesurée ; elle a été interrompue.",
                ADVICE,
            )
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            if self._schema is not None and status in {400, 404, 415, 422, 501}:
                return _SchemaRefusedError()
            self.again = status >= 500
            return refused(status)
        if self.began:
            return died()
        if isinstance(error, openai.APIConnectionError):
            self.again = True
            cause = error.__cause__
            if isinstance(cause, AssistantError):
                return cause
            return self._model._absent(error)
        if isinstance(error, httpx.HTTPError):
            self.again = True
            return died()
        # The library could not read what was sent: not JSON, or not of the expected shape.
        return ModelServerError("Le serveur de modèle a envoyé une réponse illisible.", ADVICE)


def _open_like(model: LanguageModel, client: httpx.Client) -> OpenAILike:
    from llama_index.llms.openai_like import OpenAILike

    options = model.options
    return OpenAILike(
        model=model._name,
        api_base=options.url,
        # Never the key of a commercial service that the environment may hold.
        api_key=options.api_key or "aucune",
        is_chat_model=True,
        context_window=model.context_tokens,
        max_tokens=options.max_tokens,
        temperature=0.0,
        timeout=options.total_s,
        max_retries=0,
        additional_kwargs={"seed": SEED},
        http_client=client,
    )
