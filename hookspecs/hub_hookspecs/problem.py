"""The one exception a module raises to answer a request with an error a person can act on."""

from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):
    """An expected failure, answered as RFC 9457 problem details.

    Subclass it once per kind of failure and set ``status`` and ``code``; the hub prefixes the code with the
    module's name (``billing.invoice_not_draft``) and adds the request id. ``detail`` reaches the caller: no
    secrets, no internals. ``facts`` become further members of the answer and must be JSON values.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.facts = facts


class NotFound(Problem):
    """What was asked for does not exist, or not for this caller."""

    status = 404
    code = "not_found"


class Conflict(Problem):
    """The request does not fit the present state of what it addresses."""

    status = 409
    code = "conflict"


class ServiceUnavailable(Problem):
    """No running module offers the service that was asked for."""

    status = 503
    code = "service_unavailable"
