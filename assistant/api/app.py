"""The HTTP interface: routes, and the application that carries them.

Handlers are plain functions: the engine computes, so each request takes a thread of the pool
and never holds the event loop.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from starlette.routing import Route

from assistant import __version__, egress
from assistant.access.cited import kept_back
from assistant.access.engine import for_caller
from assistant.access.oidc import Provider
from assistant.access.sign_in import SignIn
from assistant.api import (
    conversations,
    copil,
    corpus,
    documents,
    evaluations,
    fiches,
    glossary,
    metrics,
    openai_compat,
    openapi,
    pages,
    problems,
    question_sets,
    streaming,
)
from assistant.api import sign_in as sign_in_routes
from assistant.api.access import AccessMiddleware
from assistant.api.docs_page import docs_page
from assistant.api.interface import InterfaceMiddleware, InterfaceSlot
from assistant.api.mcp_mount import PATH as MCP_PATH
from assistant.api.mcp_mount import McpMount
from assistant.api.observing import ObservingMiddleware
from assistant.api.schemas import (
    Alive,
    FilterChoice,
    FilterChoices,
    Health,
    PageView,
    QuestionRequest,
    SearchRequest,
    SearchResponse,
)
from assistant.api.security import (
    EVERY_ADDRESS,
    LOOPBACK_NAMES,
    MAX_BODY_BYTES,
    SecurityMiddleware,
    host_name,
    page_policy,
)
from assistant.conversations.store import ConversationStore, open_store
from assistant.engine_port import AnswerEvents, Engine
from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.fiches.importing import MAX_BYTES as MAX_FICHE_BYTES
from assistant.identity import read_identity
from assistant.library.desk import Library
from assistant.model import Answer
from assistant.retrieval.filters import choices, unknown_counts
from assistant.settings import Settings
from assistant.turns import AT_ONCE, WAITING

MAX_SPANS = 50
"""Highlighted spans per page image; a page never needs more and drawing each costs."""

THREADS = AT_ONCE + WAITING + 32
"""Requests served at once: questions that wait their turn leave room for everything else."""

LOADING = "chargement du modèle"
READY = "prêt"


class InvalidSpanError(AssistantError):
    """Positions asked for do not stand on the page."""

    code = "position_invalide"


problems.DOMAIN[InvalidSpanError] = (422, "Position non recevable")

DocumentId = Annotated[
    str,
    PathParameter(description="Identifiant du document, tel que les réponses le donnent."),
]
PageNumber = Annotated[
    int, PathParameter(ge=1, description="Numéro physique de la page, à partir de 1.")
]


def create_app(assistant: Engine, settings: Settings) -> FastAPI:
    """Build the application; the screens come later, through `app.state.interface`.

    Args:
        assistant: the engine.
        settings: the options; `host` decides which host names are accepted.
    """
    # What is loaded and removed is the same for everybody.
    library = Library(settings, assistant)
    assistant = for_caller(assistant)
    slot = InterfaceSlot()
    sign_in = SignIn(settings)
    hosts = accepted_hosts(settings)
    mcp = McpMount(assistant, settings, hosts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        await slot.start()
        try:
            yield
        finally:
            await run_in_threadpool(library.close)
            await mcp.stop()
            await slot.stop()

    app = FastAPI(
        title="Assistant stratégie santé",
        version=__version__,
        # Its own pages load Swagger and ReDoc from a CDN: ours replaces them.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.assistant = assistant
    app.state.interface = slot
    app.state.sign_in = sign_in
    app.state.library = library
    problems.install(app)
    app.include_router(_routes(assistant, open_store(settings, unseen=kept_back(assistant))))
    app.include_router(documents.router(assistant, library, settings))
    app.include_router(corpus.router(library))
    app.include_router(conversations.router(assistant, settings))
    app.include_router(fiches.router(assistant, settings))
    app.include_router(copil.router(assistant, settings.organisation))
    app.include_router(glossary.router(settings.index_dir, assistant))
    app.include_router(evaluations.router(assistant, settings))
    app.include_router(question_sets.router(assistant, settings))
    app.include_router(openai_compat.router(assistant))
    app.include_router(metrics.router(assistant, library))
    identity = read_identity(settings)
    app.include_router(pages.router(identity))
    provider = Provider(settings) if settings.sign_in == "oidc" else None
    app.include_router(sign_in_routes.router(sign_in, provider, identity.title))
    app.router.routes.append(Route(MCP_PATH, mcp, methods=["POST"], include_in_schema=False))
    app.include_router(_static_routes(app))
    openapi.install(app)
    # The last one added is the first one crossed.
    app.add_middleware(InterfaceMiddleware, slot=slot)
    app.add_middleware(AccessMiddleware, sign_in=sign_in)
    larger = {
        ("POST", "/v1/documents"): (settings.max_file_mb << 20) + MAX_BODY_BYTES,
        ("POST", "/v1/fiches/import"): MAX_FICHE_BYTES,
    }
    app.add_middleware(SecurityMiddleware, hosts=hosts, larger=larger)
    app.add_middleware(ObservingMiddleware)
    return app


def accepted_hosts(settings: Settings) -> frozenset[str]:
    """Host names a request may carry; any other one is a DNS rebinding attempt."""
    names = {*LOOPBACK_NAMES, *settings.hosts, host_name(urlsplit(settings.public_url).netloc)}
    if settings.host not in EVERY_ADDRESS:
        names.add(settings.host)
    return frozenset(name.lower() for name in names if name)


def _routes(assistant: Engine, store: ConversationStore | None) -> APIRouter:
    """The routes that speak JSON, all under /v1."""
    router = APIRouter(prefix="/v1", responses=openapi.PROBLEMS)

    @router.post(
        "/questions",
        tags=["Questions"],
        summary="Poser une question",
        description="Répond par des phrases extraites des documents, chacune avec la page et la "
        "position où elle se trouve. Quand rien ne répond, `abstained` est vrai et `reason` dit "
        "pourquoi : ce n’est pas une erreur ; `sentences` est vide ou ne contient que des extraits "
        "de rôle `near`, qui s’en approchent sans répondre. Dans une conversation, une "
        "question qui dépend des précédentes est d’abord complétée.",
    )
    def ask(body: QuestionRequest) -> conversations.ConversationAnswer | Answer:
        def answer(question: str) -> Answer:
            return assistant.ask(
                question,
                file=body.file,
                kind=body.kind,
                filters=body.filtres.filters() if body.filtres else None,
                recognise=body.reconnaitre,
                mode=body.mode,
            )

        return conversations.answered(
            store, body.conversation_id, body.question, answer, follow=body.suite
        )

    @router.post(
        "/questions/flux",
        tags=["Questions"],
        summary="Poser une question et suivre la réponse",
        description=streaming.DESCRIPTION,
        response_class=StreamingResponse,
        responses={
            200: {
                "content": openapi.EVENTS,
                "description": "Les événements.",
            }
        },
    )
    def ask_streaming(body: QuestionRequest) -> StreamingResponse:
        def start(question: str) -> AnswerEvents:
            return assistant.stream(
                question,
                file=body.file,
                kind=body.kind,
                filters=body.filtres.filters() if body.filtres else None,
                recognise=body.reconnaitre,
                mode=body.mode,
            )

        return streaming.respond(
            start,
            lambda ask: conversations.answered(
                store, body.conversation_id, body.question, ask, follow=body.suite
            ),
        )

    @router.post(
        "/recherche",
        tags=["Questions"],
        summary="Chercher des passages",
        description="Rend les passages les plus proches, sans rédiger de réponse.",
    )
    def search(body: SearchRequest) -> SearchResponse:
        results, report = assistant.find(
            body.question,
            limit=body.limite,
            file=body.file,
            kind=body.kind,
            filters=body.filtres.filters() if body.filtres else None,
            recognise=body.reconnaitre,
        )
        return SearchResponse(results=results, filters=report)

    @router.get(
        "/filtres",
        tags=["Questions"],
        summary="Lister les valeurs de filtre",
        description="Les documents, types, éditeurs, régions et années du corpus, avec le nombre "
        "de documents de chacun, et combien de documents ne portent pas ces indications.",
    )
    def filters() -> FilterChoices:
        present = assistant.documents()
        listed: dict[str, list[FilterChoice]] = {
            field: [
                FilterChoice(value=item.value, label=item.label, documents=item.documents)
                for item in items
            ]
            for field, items in choices(present).items()
        }
        return FilterChoices(**listed, unknown=unknown_counts(present))

    @router.get(
        "/documents/{document_id}/pages/{number}",
        tags=["Documents"],
        summary="Lire une page",
        description="Le texte brut d’une page : celui dans lequel les positions des citations se "
        "comptent, pour que chacun puisse les vérifier.",
    )
    def page(document_id: DocumentId, number: PageNumber) -> PageView:
        return PageView.of(
            assistant.document(document_id),
            assistant.page(document_id, number),
            image=assistant.has_page_images(document_id),
        )

    @router.get(
        "/documents/{document_id}/pages/{number}/image",
        tags=["Documents"],
        summary="Voir une page",
        description="L’image d’une page, les passages cités surlignés. `debut` et `fin` se "
        "répètent ensemble pour surligner plusieurs passages. Un fichier qui n’est pas un PDF n’a "
        "pas d’image : le problème `page_sans_image` le dit, et le texte de la page reste lisible.",
        response_class=Response,
        responses={
            200: {"content": {"image/png": {}}, "description": "L’image de la page."},
            304: {"description": "L’image n’a pas changé."},
        },
    )
    def page_image(
        request: Request,
        document_id: DocumentId,
        number: PageNumber,
        debut: Annotated[
            list[Annotated[int, Query(ge=0)]],
            Query(description="Début de chaque passage, en caractères."),
        ] = [],  # noqa: B006  # FastAPI reads it as « none given » and copies it
        fin: Annotated[
            list[Annotated[int, Query(ge=0)]],
            Query(description="Fin de chaque passage, exclue."),
        ] = [],  # noqa: B006
        echelle: Annotated[
            float, Query(ge=0.5, le=4, description="Pixels par point : 2 donne 144 ppp.")
        ] = 2.0,
    ) -> Response:
        spans = _spans(debut, fin, len(assistant.page(document_id, number).text))
        # A document is named after its content: the same request is the same image for ever.
        identity = repr((__version__, document_id, number, spans, echelle))
        headers = {
            "ETag": f'"{hashlib.sha256(identity.encode()).hexdigest()[:32]}"',
            "Cache-Control": "private, max-age=3600",
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        image = assistant.page_image(document_id, number, spans=spans, scale=echelle)
        return Response(image, media_type="image/png", headers=headers)

    @router.get(
        "/documents/{document_id}/fichier",
        tags=["Documents"],
        summary="Ouvrir le fichier",
        description="Le fichier d’origine. Un PDF s’ouvre dans le navigateur : ajoutez `#page=12` "
        "à l’adresse pour l’ouvrir à cette page. Tout autre format est téléchargé.",
        response_class=Response,
        responses={
            200: {
                "content": {"application/pdf": {}, "application/octet-stream": {}},
                "description": "Le fichier.",
            }
        },
    )
    def file(document_id: DocumentId) -> Response:
        name, path = assistant.document(document_id).file, assistant.pdf_path(document_id)
        if assistant.has_page_images(document_id) or not path.is_file():
            return pdf_response(name, path)
        return download_response(name, path)

    @router.get(
        "/sante",
        tags=["Service"],
        summary="État du service",
        description=f"« {READY} » ou « {LOADING} », et ce que contient l’index.",
    )
    def health() -> Health:
        status = dict(assistant.status())
        guard = egress.guard()
        ready = assistant.ready
        status.pop("ready", None)
        return Health(
            etat=READY if ready else LOADING,
            pret=ready,
            version=__version__,
            index=status,
            connexions_bloquees=guard.total if guard else 0,
        )

    @router.get(
        "/sante/vivant",
        tags=["Service"],
        summary="Le processus répond-il ?",
        description="Répond dès que le port est ouvert.",
    )
    def alive() -> Alive:
        return Alive(vivant=True)

    @router.get(
        "/sante/pret",
        tags=["Service"],
        summary="Le service est-il prêt ?",
        description="204 quand les questions obtiennent leur réponse sans attendre, 503 avant.",
        status_code=204,
        response_class=Response,
    )
    def ready() -> Response:
        return Response(status_code=204) if assistant.ready else problems.of_http(503)

    return router


def _static_routes(app: FastAPI) -> APIRouter:
    """Documentation page, and the few files of our own the pages load."""
    router = APIRouter(include_in_schema=False)
    static = Path(__file__).resolve().parents[2] / "ui" / "static"

    @router.get("/docs")
    def docs() -> HTMLResponse:
        headers = {"Content-Security-Policy": page_policy()}
        return HTMLResponse(docs_page(app.openapi()), headers=headers)

    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    # Listed once, by name: no path of a request ever becomes a path on the disk.
    files = {path.name: path for path in static.iterdir() if path.suffix in kinds}

    @router.get("/interface/{name}")
    def static_file(name: str) -> Response:
        path = files.get(name)
        if path is None:
            return problems.of_http(404)
        # Revalidated each time: an upgrade must not meet the scripts of the day before.
        headers = {"Cache-Control": "no-cache"}
        return FileResponse(path, media_type=kinds[path.suffix], headers=headers)

    @router.get("/favicon.ico")
    def favicon() -> Response:
        return static_file("favicon.svg")

    return router


def _spans(starts: list[int], ends: list[int], length: int) -> list[tuple[int, int]]:
    """Pair starts with ends and check that they stand on a page of `length` characters.

    Raises:
        InvalidSpanError: they do not.
    """
    if len(starts) != len(ends):
        raise InvalidSpanError(
            "Chaque « debut » doit avoir sa « fin ».", "Répétez les deux paramètres ensemble."
        )
    if len(starts) > MAX_SPANS:
        raise InvalidSpanError(
            f"Une page ne surligne pas plus de {MAX_SPANS} passages.",
            "Demandez plusieurs images.",
        )
    spans = list(zip(starts, ends, strict=True))
    for start, end in spans:
        if not 0 <= start < end <= length:
            raise InvalidSpanError(
                f"Le passage de {start} à {end} ne se trouve pas sur la page, "
                f"qui compte {length} caractères.",
                "Utilisez les positions « start » et « end » d’une citation de cette page.",
            )
    return spans


def pdf_response(name: str, path: Path) -> FileResponse:
    """Send a PDF to be opened in place, under its own name whatever it contains.

    Raises:
        DocumentNotFoundError: the file has left the disk.
    """
    if not path.is_file():
        raise DocumentNotFoundError(
            f"Le fichier « {name} » n’est plus sur le disque.",
            "Remettez-le à sa place, ou indexez de nouveau son dossier.",
        )
    headers = {
        "Content-Disposition": content_disposition(name),
        "Cache-Control": "private, no-cache",
    }
    return FileResponse(path, media_type="application/pdf", headers=headers)


def download_response(name: str, path: Path) -> FileResponse:
    """Send a file to be saved, never opened in place: a web page would run as one of ours."""
    headers = {
        "Content-Disposition": content_disposition(name, kind="attachment"),
        "Cache-Control": "private, no-cache",
    }
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


def content_disposition(name: str, *, kind: str = "inline") -> str:
    """`Content-Disposition` of a file sent (RFC 6266, names as in RFC 5987).

    The plain `filename` is reduced to characters that no quoting rule can misread; `filename*`
    carries the real one.
    """
    name = Path(name.replace("\\", "/")).name or "document.pdf"
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isalnum() or char in "-_. " else "_" for char in ascii_name)
    encoded = quote(name.encode("utf-8", "replace"), safe="")
    return f"{kind}; filename=\"{plain.strip() or 'document.pdf'}\"; filename*=UTF-8''{encoded}"


def attach_interface(app: FastAPI, interface: Any, *, title: str) -> None:
    """Put the screens in their place, before or after the server has started."""
    app.state.interface.attach(interface, title=title)
