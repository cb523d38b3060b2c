"""Signing in and out in a browser, and saying who one is."""

from __future__ import annotations

import logging
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from assistant.access.current import person
from assistant.access.model import Means, Permission, Role
from assistant.access.oidc import Provider, ProviderError
from assistant.access.secrets import new_secret, proof, proven
from assistant.access.sign_in import NoRoleError, SignIn, TooManyRequestsError
from assistant.api import openapi, problems
from assistant.api.access import COOKIE, cookie
from assistant.api.security import page_policy
from assistant.api.sign_in_pages import form_page, message_page, signed_in_page
from assistant.audit.model import Action, Value
from assistant.audit.trail import note
from assistant.errors import AssistantError

logger = logging.getLogger("assistant.api")

problems.DOMAIN[ProviderError] = (502, "Fournisseur d’identité en défaut")

FORM_COOKIE: Final = "assistant_formulaire"
"""Ties the form to the browser that asked for it, before there is any session."""
PROVIDER_COOKIE: Final = "assistant_fournisseur"
"""Ties what comes back from the identity provider to the browser that was sent there."""

_FORM: Final = "formulaire de connexion"
_LEAVE: Final = "formulaire de déconnexion"
_MAX_KEY: Final = 200

_STALE_CODE: Final = "formulaire_perime"
STALE: Final = "Cette page a été ouverte il y a trop longtemps. Recommencez."


class Me(BaseModel):
    """Qui vous êtes pour l’assistant."""

    nom: str = Field(description="Votre nom ; vide quand la connexion n’est pas demandée.")
    role: Role = Field(description="Votre rôle.")
    droits: list[Permission] = Field(description="Ce que vous pouvez faire.")
    moyen: Means = Field(description="Comment vous avez été reconnu.")
    connexion: Literal["aucune", "cles", "mandataire", "oidc"] = Field(
        description="Comment ce serveur reconnaît les personnes."
    )
    deconnexion: str = Field(
        description="Page où se déconnecter ; vide quand il n’y a pas de session."
    )


def router(sign_in: SignIn, provider: Provider | None, title: str) -> APIRouter:
    """The routes.

    Args:
        sign_in: how people are recognised.
        provider: the identity provider, if there is one.
        title: name of the assistant on its pages.
    """
    routes = APIRouter(tags=["Service"], responses=openapi.PROBLEMS)

    @routes.get(
        "/v1/moi",
        summary="Qui suis-je ?",
        description="Le nom, le rôle et les droits de qui appelle.",
    )
    def me() -> Me:
        someone = person()
        return Me(
            nom=someone.name,
            role=someone.role,
            droits=[one for one in Permission if someone.may(one)],
            moyen=someone.means,
            connexion=sign_in.settings.sign_in,
            deconnexion="/connexion" if someone.means in {"session", "oidc"} else "",
        )

    if sign_in.settings.sign_in in {"cles", "oidc"}:
        _Pages(sign_in, provider, title).add_to(routes)
    return routes


class _Pages:
    """What a person meets who signs in or out."""

    def __init__(self, sign_in: SignIn, provider: Provider | None, title: str) -> None:
        self.sign_in = sign_in
        self.provider = provider
        self.title = title
        # Drawn again at each start: a form opened before it is refused, and shown again.
        self._secret = new_secret()

    def add_to(self, routes: APIRouter) -> None:
        """Add the routes."""
        for path, handler, method in (
            ("/connexion", self.form, "GET"),
            ("/connexion", self.enter, "POST"),
            ("/deconnexion", self.leave, "POST"),
            ("/connexion/fournisseur", self.ask_provider, "GET"),
            ("/connexion/retour", self.come_back, "GET"),
        ):
            routes.add_api_route(
                path,
                handler,
                methods=[method],
                include_in_schema=False,
                response_model=None,
                response_class=HTMLResponse,
            )

    def form(self, request: Request) -> Response:
        """Where to sign in, or out."""
        token = cookie(request.headers, COOKIE)
        someone = self.sign_in.sessions.find(token) if token else None
        if someone is not None:
            return _html(signed_in_page(self.title, someone, token=proof(token, _LEAVE)))
        return self._form(request)

    def enter(
        self,
        request: Request,
        cle: Annotated[str, Form()] = "",
        jeton: Annotated[str, Form()] = "",
    ) -> Response:
        """Begin a session with a key."""
        tied = cookie(request.headers, FORM_COOKIE)
        if not tied or not proven(self._secret, _FORM + tied, jeton):
            _refused(request, _STALE_CODE)
            return self._form(request, STALE, 403)
        found = self.sign_in.keys.of_secret(cle.strip()[:_MAX_KEY])
        if found is None:
            error = self.sign_in.refused(_address(request))
            many = isinstance(error, TooManyRequestsError)
            _refused(request, error.code)
            response = self._form(request, f"{error.message} {error.remedy}", 429 if many else 401)
            if isinstance(error, TooManyRequestsError):
                response.headers["Retry-After"] = str(int(error.wait_s) + 1)
            return response
        # The browser's former session, whoever's it was, ends with the new one.
        self._end(request)
        response = RedirectResponse("/", 303, headers={"Cache-Control": "no-store"})
        self._begin(request, response, self.sign_in.sessions.open(found))
        self._drop(request, response, FORM_COOKIE)
        note(Action.SIGN_IN, person=found.person("session"), details=_from(request))
        return response

    def leave(self, request: Request, jeton: Annotated[str, Form()] = "") -> Response:
        """End the session."""
        token = cookie(request.headers, COOKIE)
        if not token or not proven(token, _LEAVE, jeton):
            _refused(request, _STALE_CODE)
            return self._form(request, STALE, 403)
        someone = self.sign_in.sessions.find(token)
        self._end(request)
        note(Action.SIGN_OUT, person=someone, details=_from(request))
        # What the browser kept of the pages read must not be there for the next one.
        response = RedirectResponse(
            "/connexion", 303, headers={"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'}
        )
        self._drop(request, response, COOKIE)
        return response

    def ask_provider(self, request: Request) -> Response:
        """Send the browser to the identity provider."""
        if self.provider is None:
            return problems.of_http(404)
        try:
            address, kept = self.provider.begin()
        except AssistantError as error:
            return self._failed(error)
        response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
        # Lax: the way back starts on another site.
        self._set(request, response, PROVIDER_COOKIE, kept, seconds=600, same_site="lax")
        return response

    def come_back(self, request: Request, state: str = "", code: str = "") -> Response:
        """Begin a session with what the identity provider says."""
        if self.provider is None:
            return problems.of_http(404)
        kept = cookie(request.headers, PROVIDER_COOKIE)
        try:
            told = self.provider.finish(kept, state=state, code=code)
            someone = self.sign_in.vouched("oidc", told.subject, told.name, told.roles, told.groups)
        except AssistantError as error:
            _refused(request, error.code)
            response = self._failed(error)
        else:
            self._end(request)
            response = _html(
                message_page("Vous êtes connecté", self.title, someone.name, next_url="/")
            )
            self._begin(request, response, self.sign_in.sessions.open(someone))
            note(Action.SIGN_IN, person=someone, details=_from(request))
        self._drop(request, response, PROVIDER_COOKIE)
        return response

    def _form(self, request: Request, error: str = "", status: int = 200) -> Response:
        tied = cookie(request.headers, FORM_COOKIE) or new_secret()
        page = form_page(
            self.title,
            token=proof(self._secret, _FORM + tied),
            provider=self.provider is not None,
            error=error,
        )
        response = _html(page, status)
        self._set(request, response, FORM_COOKIE, tied, seconds=3600)
        return response

    def _failed(self, error: AssistantError) -> Response:
        status = 403 if isinstance(error, NoRoleError) else 502
        said = f"{error.message} {error.remedy}"
        return _html(message_page("Connexion impossible", self.title, said), status)

    def _begin(self, request: Request, response: Response, token: str) -> None:
        seconds = int(self.sign_in.settings.session_hours * 3600)
        self._set(request, response, COOKIE, token, seconds=seconds)

    def _end(self, request: Request) -> None:
        token = cookie(request.headers, COOKIE)
        if token:
            self.sign_in.sessions.close(token)

    def _set(
        self,
        request: Request,
        response: Response,
        name: str,
        value: str,
        *,
        seconds: int,
        same_site: Literal["strict", "lax"] = "strict",
    ) -> None:
        secure = self._secure(request)
        response.set_cookie(
            # A browser takes `__Host-` from this very host only, and over TLS only.
            f"__Host-{name}" if secure else name,
            value,
            max_age=seconds,
            path="/",
            secure=secure,
            httponly=True,
            samesite=same_site,
        )

    def _drop(self, request: Request, response: Response, name: str) -> None:
        self._set(request, response, name, "", seconds=0)

    def _secure(self, request: Request) -> bool:
        """Whether the browser talks to us over TLS, ended here or by the proxy in front."""
        public = urlsplit(self.sign_in.settings.public_url).scheme
        return "https" in {request.url.scheme, public}


def _address(request: Request) -> str:
    return str(request.scope.get("assistant.address", ""))


def _refused(request: Request, code: str) -> None:
    """Say why, to what writes refusals down (`assistant.api.observing`)."""
    request.scope["assistant.refusal"] = code


def _from(request: Request) -> dict[str, Value]:
    return {"adresse": _address(request)}


def _html(page: str, status: int = 200) -> Response:
    headers = {"Content-Security-Policy": page_policy(), "Cache-Control": "no-store"}
    return HTMLResponse(page, status, headers=headers)
