"""The API's documentation page, from files of this distribution only: no script comes from elsewhere."""

from fastapi import APIRouter, Response
from fastapi.requests import Request
from fastapi.responses import HTMLResponse
from hub_hookspecs.web import page, public

from ..openapi import OpenApiText

router = APIRouter(dependencies=[public()], include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The merged OpenAPI document; a caller that has it already is told so."""
    found: OpenApiText = await request.app.state.openapi.text()
    headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type="application/json", headers=headers)


@router.get("/docs")
async def documentation(request: Request) -> HTMLResponse:
    """Swagger UI over the merged document."""
    policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
    return page(request, "hub/docs.html", headers={"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"})
