"""Errors as RFC 9457 problem details, or as a page where a person is reading. No internals in either."""

import logging
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from hub_hookspecs import Problem, ServiceUnavailable
from hub_hookspecs.host import SCOPE_KEY
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match
from starlette.types import ExceptionHandler

from ..loading import PROBLEM_MEDIA_TYPE
from .call import CORE, WebCall, header, is_page_path

log = logging.getLogger(__name__)

SCHEMA = {
    "title": "Problem",
    "description": "Problem details (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; what programs should look at"},
        "request_id": {"type": "string", "description": "The same id stands in the log"},
    },
    "additionalProperties": True,
}


def problem_response(
    call: WebCall,
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    """Say what went wrong. ``code`` is stable, ``detail`` is for people, ``facts`` are further members."""
    title = _title(status)
    body = {
        **(facts or {}),
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": call.request_id,
    }
    scope = call.scope
    if is_page_path(call.path) and b"text/html" in (header(scope, b"accept") or b""):
        text = call.templates.render(call, "hub/problem.html", {"problem": body, "request": HTTPConnection(scope)})
        return HTMLResponse(text, status, headers)
    return JSONResponse(body, status, headers, PROBLEM_MEDIA_TYPE)


def bug_response(call: WebCall) -> Response:
    """What a caller learns of a bug: that it happened, and the id under which the log tells the rest."""
    return problem_response(
        call, 500, "internal_error", "Something went wrong here; the log has it under the request id"
    )


def overtaken_response(call: WebCall) -> Response:
    """What a caller learns in the seconds between a change of a module's tables and the process that knows them."""
    detail = f"{call.module} is being changed; nothing of this request was kept. Try again"
    return problem_response(call, 503, "module_changed", detail, headers={"Retry-After": "2"})


def commit_failed_response(call: WebCall, error: BaseException) -> Response:
    """The answer that replaces the module's when its transaction could not be committed."""
    if isinstance(error, IntegrityError):
        return _does_not_fit(call)
    return _unavailable(call, "The change could not be stored; nothing was kept. Try again")


def exception_handlers() -> dict[Any, ExceptionHandler]:
    """What every application of the hub answers to the exceptions that are not bugs."""
    return {
        Problem: _problem,
        HTTPException: _http_exception,
        RequestValidationError: _validation,
        UnicodeEncodeError: _text_refused,
        DataError: _value_refused,
        IntegrityError: _conflict,
        OperationalError: _database,
        InterfaceError: _database,
        PoolTimeout: _database,
    }


def _call(request: HTTPConnection) -> WebCall:
    call: WebCall = request.scope[SCOPE_KEY]
    return call


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    call = _call(request)
    # The hub raises ServiceUnavailable itself; a subclass of it is a module's own.
    is_of_the_core = call.module == CORE or type(error) is ServiceUnavailable
    code = error.code if is_of_the_core else f"{call.module}.{error.code}"
    return problem_response(call, error.status, code, error.detail, headers=error.headers, facts=error.facts)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _title(error.status_code).lower().replace(" ", "_").replace("-", "_").replace("'", "")
    detail = error.detail if isinstance(error.detail, str) else _title(error.status_code)
    headers = {**(error.headers or {}), **(_allow(request) if error.status_code == 405 else {})}
    return problem_response(_call(request), error.status_code, code, detail, headers=headers)


def _allow(request: Request) -> Mapping[str, str]:
    """Every method of the path (RFC 9110, section 15.5.6); Starlette names those of the first route at it alone."""
    found = [(route, route.matches(request.scope)[0]) for route in request.app.routes]
    if any(match is Match.FULL for _, match in found):
        return {}  # the route itself refused, and knows why
    methods = {method for route, match in found if match is Match.PARTIAL for method in route.methods}
    return {"Allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Without ``input`` and ``ctx``: they repeat what was sent, and that may be a secret.
    faults = [{"at": list(each["loc"]), "text": each["msg"], "type": each["type"]} for each in error.errors()]
    detail = "; ".join(f"{'.'.join(map(str, each['at']))}: {each['text']}" for each in faults[:5])
    return problem_response(_call(request), 422, "validation_failed", detail, facts={"errors": faults})


async def _database(request: Request, error: Exception) -> Response:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if _is_wrong_statement(request, cause):
        raise error
    log.error("the database did not answer a request: %s", type(cause).__name__, exc_info=error)
    return _unavailable(_call(request), "The database does not answer at the moment; nothing was changed. Try again")


def _is_wrong_statement(request: Request, cause: BaseException | None) -> bool:
    """Whether SQLite says of a bug what other databases say of being away: an unknown table, a GET that writes."""
    code = getattr(cause, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_ERROR or (code == sqlite3.SQLITE_READONLY and request.method in ("GET", "HEAD"))


async def _conflict(request: Request, error: Exception) -> Response:
    """What the module did not expect before its flush is answered as it would be at the commit."""
    log.error("a change does not fit what is stored", exc_info=error)
    return _does_not_fit(_call(request))


async def _value_refused(request: Request, error: Exception) -> Response:
    """NUL in a text (PostgreSQL), a number beyond the column's range, and the like, which the module let through."""
    log.error("the database refused a value", exc_info=error)
    detail = "The database cannot store or compare a value that was sent; nothing was changed"
    return problem_response(_call(request), 422, "value_refused", detail)


async def _text_refused(request: Request, error: Exception) -> Response:
    """Half a surrogate pair, which JSON can say and UTF-8 cannot; a plain ``str`` field lets it through."""
    if not isinstance(error, UnicodeEncodeError) or error.reason != "surrogates not allowed":
        raise error
    detail = "A text that was sent is not valid Unicode; nothing was changed"
    return problem_response(_call(request), 422, "value_refused", detail)


def _does_not_fit(call: WebCall) -> Response:
    return problem_response(call, 409, "commit_conflict", "The change does not fit what is stored; nothing was kept")


def _unavailable(call: WebCall, detail: str) -> Response:
    return problem_response(call, 503, "database_unavailable", detail, headers={"Retry-After": "1"})


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
