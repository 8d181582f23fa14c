"""Signing in to pages: a token becomes a cookie that only ever opens pages, and only by GET."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Response
from fastapi.requests import Request
from fastapi.responses import RedirectResponse
from hub_hookspecs.web import page, public

from ...access import cookie_of
from ..call import COOKIE
from ..sign_in_address import SIGN_IN, local_target
from .home import PAGE_POLICY
from .hub_of import CurrentHub


async def _from_this_site(request: Request) -> None:
    """Refuse a form that another site sent: it could sign a visitor in or out behind their back (Fetch Metadata, W3C)."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "This form was sent by another site")


router = APIRouter(dependencies=[public()], include_in_schema=False)

COOKIE_SECONDS = 12 * 3600


@router.get(SIGN_IN)
async def form(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """The form that takes a token."""
    return _form(request, next, wrong=False)


@router.post(SIGN_IN, dependencies=[Depends(_from_this_site)])
async def sign_in(
    request: Request,
    hub: CurrentHub,
    token: Annotated[str, Form(max_length=200)],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name in the form
) -> Response:
    """Set the cookie and go on to where the visitor came from."""
    if hub.access.by_bearer(token.strip()) is None:
        return _form(request, next, wrong=True)
    response = RedirectResponse(request.scope.get("root_path", "") + local_target(next), status_code=303)
    response.set_cookie(
        COOKIE,
        cookie_of(token.strip()),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out", dependencies=[Depends(_from_this_site)])
async def sign_out(request: Request) -> Response:
    """Forget the cookie."""
    response = RedirectResponse(request.scope.get("root_path", "") + "/", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _form(request: Request, target: str, *, wrong: bool) -> Response:
    values = {"target": local_target(target), "wrong": wrong}
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return page(request, "hub/sign_in.html", values, status_code=401 if wrong else 200, headers=headers)
