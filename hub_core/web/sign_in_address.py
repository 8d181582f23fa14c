"""Where a visitor is sent to sign in, and where from there: only ever to a path of this hub."""

from urllib.parse import quote, urlsplit

from starlette.types import Scope

SIGN_IN = "/sign-in"


def sign_in_address(scope: Scope, path: str) -> str:
    """The sign-in page, which leads back to ``path`` with the query of this request."""
    query = scope.get("query_string", b"").decode("latin-1")
    asked = f"{path}?{query}" if query else path
    return f"{scope.get('root_path', '')}{SIGN_IN}?next={quote(asked, safe='/')}"


def local_target(target: str) -> str:
    """``target`` if it is a path of this hub, else ``/``: a sign-in link must not lead elsewhere."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if is_local and target.isprintable() and "\\" not in target else "/"
