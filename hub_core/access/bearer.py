"""The superuser token: 256 random bits, shown once; the database keeps digests only.

The sign-in cookie is derived from the token by a keyed digest and has a stored digest of its own. So the cookie opens
pages, never the API, and neither the cookie nor the database gives the token away. A plain SHA-256 is right for both:
there is nothing to guess in 256 random bits (OWASP, Password Storage, on random tokens).
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

PREFIX = "hub_"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token as its owner sees it, once, and the two digests that are stored."""

    text: str
    bearer_sha256: str
    cookie_sha256: str

    def __repr__(self) -> str:
        return "NewToken(***)"


def new_token() -> NewToken:
    """Make a token of 256 random bits."""
    text = PREFIX + secrets.token_urlsafe(32)
    return NewToken(text=text, bearer_sha256=digest(text), cookie_sha256=digest(cookie_of(text)))


def cookie_of(token: str) -> str:
    """What the sign-in cookie holds for ``token``; the way back does not exist."""
    return hmac.new(token.encode(), b"hub sign-in cookie", hashlib.sha256).hexdigest()


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal, as stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
