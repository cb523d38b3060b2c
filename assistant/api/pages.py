"""Pages and files of the screens that depend on the organisation."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from assistant.api import problems
from assistant.api.security import page_policy
from assistant.api.statement import statement_page
from assistant.identity import Identity, IdentityError, style_sheet

# Met when the server starts, never by a request.
problems.DOMAIN[IdentityError] = (500, "Logo illisible")

LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by its address is a document: it may draw, and nothing else."""


def router(identity: Identity) -> APIRouter:
    """Their routes.

    Args:
        identity: name, logo, colour and contact of the organisation.
    """
    routes = APIRouter(include_in_schema=False)
    sheet = style_sheet(identity.accent)

    @routes.get("/accessibilite")
    def accessibility() -> HTMLResponse:
        headers = {"Content-Security-Policy": page_policy()}
        return HTMLResponse(statement_page(identity), headers=headers)

    @routes.get("/interface/identite.css")
    def colours() -> Response:
        return Response(sheet, media_type="text/css", headers={"Cache-Control": "no-cache"})

    @routes.get("/interface/logo")
    def logo() -> Response:
        if not identity.logo:
            return problems.of_http(404)
        headers = {"Content-Security-Policy": LOGO_POLICY, "Cache-Control": "no-cache"}
        return Response(identity.logo, media_type=identity.logo_type, headers=headers)

    return routes
