"""The routes that programs made for OpenAI's interface call: chat completions and models.

Chat programs (Open WebUI, LibreChat) and the official `openai` clients know one dialect only,
errors included: they show `error.message` and nothing else. The errors of these routes
therefore follow OpenAI's shape instead of the problem details of the other ones, with the same
French words and the same codes.

Only what the person typed is read: neither instructions of a program (`system`) nor answers it
claims were given can steer the answer, which comes from the documents alone.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from assistant.api import openapi, problems, streaming
from assistant.api.openai_bodies import (
    MAX_PARTS,
    ChatAnswer,
    ChatChoice,
    ChatCompletion,
    ChatMessage,
    ChatRequest,
    ModelList,
    OpenAIError,
    ServedModel,
    Usage,
)
from assistant.api.openai_text import ChatText, Places, citations_of
from assistant.api.page_links import page_path
from assistant.conversations.talk import usual_names
from assistant.engine_port import AnswerEvents, Engine
from assistant.errors import AssistantError, InvalidQuestionError
from assistant.generation import followup
from assistant.language.typography import typeset
from assistant.model import Answer, AnswerEvent, Mode

EXTRACTIVE, WRITTEN = "assistant-extractif", "assistant-redige"
MODES: Final[dict[str, Mode]] = {EXTRACTIVE: "extractive", WRITTEN: "generative"}

HISTORY = 6
"""Earlier questions read to complete a question, as in a conversation kept here."""
LONGEST = 2000
"""Characters of a question, earlier or not, beyond which it is taken as it is."""
CHARS_A_TOKEN = 4
LEFT = 499
"""Status of an answer that nobody waits for any more; nobody receives it either."""

DESCRIPTION = """Le format d’OpenAI, pour les programmes qui ne connaissent que lui. Le texte est en
Markdown ; chaque note `[1]` renvoie aux sources données à la fin, « titre, p. N » avec un lien
vers la page. Le message porte en plus `citations` (mots repris, page, positions), `abstained` et
`reason_code` ; en flux, ces champs sont dans le `delta` du dernier morceau. Quand rien ne répond,
le texte le dit et `finish_reason` vaut `stop`. Les paramètres de tirage (`temperature`,
`max_tokens`, `stop`…) sont acceptés et sans effet ; `tools`, `functions`, `n` supérieur à 1,
`logprobs` et une réponse en JSON ou en son sont refusés. `usage` est approximatif : un jeton pour
quatre caractères. Les erreurs suivent le format d’OpenAI."""

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class UnsupportedError(AssistantError):
    """A parameter asks for what this assistant does not do."""

    code = "parametre_non_pris_en_charge"


class UnknownModelError(AssistantError):
    """No way of answering has this name."""

    code = "model_not_found"


problems.DOMAIN[UnsupportedError] = (422, "Paramètre non pris en charge")
problems.DOMAIN[UnknownModelError] = (404, "Modèle inconnu")

_OF_SERVER = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
"""What stands before these routes (host, size, access) answers as for any other one."""
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": OpenAIError,
        "description": "Requête, question ou modèle non recevables ; au format des problèmes "
        "quand la requête est refusée avant d’être lue (hôte, accès, taille).",
        "content": _OF_SERVER,
    },
    "5XX": {
        "model": OpenAIError,
        "description": "Erreur interne, ou service momentanément indisponible.",
        "content": _OF_SERVER,
    },
}


class OpenAIRoute(APIRoute):
    """A route whose errors follow OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer as usual, and turn what is raised into such an error."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await answer(request)
            except Exception as error:
                return as_openai(_problem(error, request.url.path))

        return handler


def _problem(error: Exception, path: str) -> JSONResponse:
    if isinstance(error, AssistantError):
        return problems.of_domain(error)
    if isinstance(error, RequestValidationError):
        return problems.of_validation(error)
    if isinstance(error, HTTPException):
        return problems.of_http(error.status_code, error.headers)
    return problems.of_unexpected(path, error)


def as_openai(problem: JSONResponse) -> JSONResponse:
    """The same error in OpenAI's shape: same words, same code, 400 where we say 422."""
    status = 400 if problem.status_code == 422 else problem.status_code
    kept = {"Cache-Control": "no-store"}
    if "retry-after" in problem.headers:
        kept["Retry-After"] = problem.headers["retry-after"]
    return JSONResponse(_error(problem), status, headers=kept)


def _error(problem: JSONResponse) -> dict[str, Any]:
    said = json.loads(bytes(problem.body))
    status = problem.status_code
    fields = said.get("errors") or [{}]
    return {
        "error": {
            "message": f"{said['detail']} {said['remedy']}".strip(),
            "type": _TYPES.get(
                status, "server_error" if status >= 500 else "invalid_request_error"
            ),
            "param": said.get("parametre") or fields[0].get("champ") or None,
            "code": said["code"],
        }
    }


def router(assistant: Engine) -> APIRouter:
    """The routes of chat completions and models."""
    routes = APIRouter(
        prefix="/v1", tags=["Compatibilité OpenAI"], route_class=OpenAIRoute, responses=ERRORS
    )
    started = int(time.time())

    def models() -> list[ServedModel]:
        written = "generative" in assistant.status().get("modes", ())
        names = [EXTRACTIVE, *([WRITTEN] if written else [])]
        return [ServedModel(id=name, created=started) for name in names]

    def model(name: str) -> ServedModel:
        for one in models():
            if one.id == name:
                return one
        served = ", ".join(one.id for one in models())
        raise UnknownModelError(
            f"Le modèle « {name[:80]} » n’existe pas ici.", f"Modèles possibles : {served}."
        )

    @routes.get(
        "/models",
        summary="Lister les modèles (format d’OpenAI)",
        description=f"`{EXTRACTIVE}` répond par des extraits mot pour mot. `{WRITTEN}`, présent si "
        "un modèle de langue local est configuré, rédige un texte vérifié phrase par phrase.",
    )
    def listed() -> ModelList:
        return ModelList(data=models())

    @routes.get(
        "/models/{name}",
        summary="Décrire un modèle (format d’OpenAI)",
        description="Un modèle de la liste.",
    )
    def described(
        name: Annotated[str, PathParameter(description="Le nom du modèle.")],
    ) -> ServedModel:
        return model(name)

    @routes.post(
        "/chat/completions",
        summary="Répondre à un dialogue (format d’OpenAI)",
        description=DESCRIPTION,
        response_model=ChatCompletion,
        responses={
            200: {
                "content": openapi.EVENTS,
                "description": "La réponse ; avec `stream`, ses morceaux puis `data: [DONE]`.",
            },
        },
    )
    async def complete(body: ChatRequest, request: Request) -> Response:
        _refuse_unsupported(body)
        served = await run_in_threadpool(model, body.model)
        asked = await run_in_threadpool(_Asked, body.messages)
        base = str(request.base_url).rstrip("/")

        def places() -> Places:
            listed = {one.id: one for one in assistant.documents()}
            return Places(listed, lambda key, page: page_path(assistant, key, page), base)

        chat = _Chat(served.id, body, asked, await run_in_threadpool(places))

        def start(question: str) -> AnswerEvents:
            return assistant.stream(question, mode=MODES[served.id])

        if body.stream:
            return await run_in_threadpool(streaming.respond, start, asked.answered, chat)
        making = streaming.Making(start, asked.answered)
        try:
            item: streaming.Item = await run_in_threadpool(making.first)
            async for item in iterate_in_threadpool(making.items()):
                if item is None and await request.is_disconnected():
                    return Response(status_code=LEFT)
        finally:
            making.close()
        assert isinstance(item, Answer)
        return JSONResponse(chat.whole(item))

    return routes


def _refuse_unsupported(body: ChatRequest) -> None:
    """Refuse what would be answered otherwise than asked.

    Raises:
        UnsupportedError: for the first such parameter.
    """
    form = body.response_format.type if body.response_format else "text"
    refused = {
        "tools": bool(body.tools),
        "functions": bool(body.functions),
        "n": body.n not in {None, 1},
        "response_format": form != "text",
        "logprobs": bool(body.logprobs),
        "modalities": bool(set(body.modalities or ()) - {"text"}),
    }
    for name, asked in refused.items():
        if asked:
            raise _unsupported(name, f"Le paramètre « {name} » n’est pas pris en charge.")


def _unsupported(name: str, message: str) -> UnsupportedError:
    error = UnsupportedError(message, "Retirez-le : l’assistant répond par un seul texte cité.")
    error.details = {"parametre": name}
    return error


class _Asked:
    """The question of a dialogue, completed from the ones before it."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        last = max((at for at, one in enumerate(messages) if one.role == "user"), default=None)
        if last is None:
            raise InvalidQuestionError(
                "Le dialogue ne contient aucune question (message « user »).",
                "Ajoutez un message dont le rôle est « user ».",
            )
        self.question = _text(messages[last], strict=True)
        self.understood: str | None = None
        past: list[followup.Turn] = []
        before = [_text(one) for one in messages[:last] if one.role == "user"]
        if len(self.question) > LONGEST:
            return
        # As if they had been asked one after the other; what was answered is the program's word.
        for earlier in [one for one in before if one.strip() and len(one) <= LONGEST][-HISTORY:]:
            made = followup.rewrite(earlier, past, known=usual_names())
            past.append(followup.Turn(earlier, made.text if made.changed else None))
        made = followup.rewrite(self.question, past, known=usual_names())
        if made.changed:
            self.understood = made.text

    def answered(self, ask: Callable[[str], Answer]) -> Answer:
        """Answer the question."""
        if self.understood is None:
            return ask(self.question)
        try:
            answer = ask(self.understood)
        except InvalidQuestionError:
            # Completed, it may pass the length that is accepted; the reader typed less.
            self.understood = None
            return ask(self.question)
        return answer.model_copy(
            update={"question": self.question.strip(), "understood": self.understood}
        )


def _text(message: ChatMessage, *, strict: bool = False) -> str:
    """The text of a message.

    Raises:
        UnsupportedError: a part of the question is no text (`strict` only).
    """
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    if strict and len(message.content) > MAX_PARTS:
        raise InvalidQuestionError(
            f"La question compte plus de {MAX_PARTS} morceaux.", "Réunissez-les en un seul texte."
        )
    if strict and any(part.type != "text" for part in message.content):
        raise _unsupported("messages", "Les images, sons et fichiers joints ne sont pas lus.")
    return "\n".join(part.text or "" for part in message.content[:MAX_PARTS])


class _Chat:
    """One answer in OpenAI's words, whole or in pieces."""

    def __init__(self, model: str, body: ChatRequest, asked: _Asked, places: Places) -> None:
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._model = model
        self._asked = asked
        self._places = places
        self._usage_wanted = bool(body.stream_options and body.stream_options.include_usage)
        self._received = sum(len(_text(one)) for one in body.messages)
        self._text: ChatText | None = None
        self._length = 0

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The completion."""
        text = ChatText(self._places, answer.understood).whole(answer)
        completion = ChatCompletion(
            id=self._id,
            created=self._created,
            model=self._model,
            system_fingerprint=answer.index_generation,
            choices=[ChatChoice(message=ChatAnswer(content=text, **self._added(answer)))],
            usage=self._usage(len(text)),
        )
        return completion.model_dump(mode="json")

    def item(self, item: AnswerEvent | Answer) -> str:
        """A step as chunks of a stream, the end of it after the whole answer."""
        sent = ""
        if self._text is None:
            # The first step comes once it is known how the question was understood.
            self._text = ChatText(self._places, self._asked.understood)
            sent = self._chunk({"role": "assistant", "content": ""})
            sent += self._said(self._text.opening())
        if isinstance(item, AnswerEvent):
            return sent + (self._said(self._text.sentence(item.sentence)) if item.sentence else "")
        sent += self._said(self._text.rest(item))
        added = {key: _plain(value) for key, value in self._added(item).items()}
        sent += self._chunk(added, finish="stop", fingerprint=item.index_generation)
        if self._usage_wanted:
            sent += self._chunk(None, usage=self._usage(self._length).model_dump())
        return f"{sent}data: [DONE]\n\n"

    def error(self, error: Exception) -> str:
        """What stopped it, as the clients of this interface read it."""
        problem = _problem(error, "/v1/chat/completions")
        return f"{_data(_error(problem))}data: [DONE]\n\n"

    def _said(self, text: str) -> str:
        self._length += len(text)
        return self._chunk({"content": text}) if text else ""

    def _added(self, answer: Answer) -> dict[str, Any]:
        return {
            "citations": citations_of(answer, self._places),
            "abstained": answer.abstained,
            "reason_code": answer.reason_code,
            "understood": answer.understood,
        }

    def _usage(self, length: int) -> Usage:
        received, made = (round(count / CHARS_A_TOKEN) for count in (self._received, length))
        return Usage(prompt_tokens=received, completion_tokens=made, total_tokens=received + made)

    def _chunk(
        self,
        delta: dict[str, Any] | None,
        *,
        finish: str | None = None,
        fingerprint: str | None = None,
        usage: dict[str, int] | None = None,
    ) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        value: dict[str, Any] = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
            "system_fingerprint": fingerprint,
            "choices": [] if delta is None else [choice],
        }
        if self._usage_wanted:
            value["usage"] = usage
        return _data(value)


def _plain(value: Any) -> Any:
    return [one.model_dump(mode="json") for one in value] if isinstance(value, list) else value


def _data(value: dict[str, Any]) -> str:
    # JSON on one line: no line break of a text can end the event.
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


openapi.TAGS.append(
    {
        "name": "Compatibilité OpenAI",
        "description": typeset("Les mêmes réponses pour les programmes faits pour OpenAI."),
    }
)
