"""Principals by the digest of their credential, in memory: a request costs one digest and no query."""

from collections.abc import Iterable

from hub_hookspecs import Principal

from .bearer import digest

SUPERUSER = Principal(id="superuser", permissions=frozenset({"*"}))


class AccessSnapshot:
    """Who may call, as the database said when it was last read."""

    def __init__(self) -> None:
        self._bearers: dict[str, Principal] = {}
        self._cookies: dict[str, Principal] = {}
        self._granted: dict[str, Principal] = {}

    def replace(self, token_digests: Iterable[tuple[str, str]]) -> None:
        """Take over the stored digests (bearer, cookie) of all superuser tokens."""
        pairs = tuple(token_digests)
        self._bearers = {bearer: SUPERUSER for bearer, _ in pairs}
        self._cookies = {cookie: SUPERUSER for _, cookie in pairs}

    def grant(self, bearer_sha256: str, principal: Principal) -> None:
        """Let one more credential in for the life of this process."""
        self._granted[bearer_sha256] = principal

    def by_bearer(self, token: str) -> Principal | None:
        """Who holds this token. Looked up by digest, so the time says nothing about the token."""
        key = digest(token)
        return self._bearers.get(key) or self._granted.get(key)

    def by_cookie(self, value: str) -> Principal | None:
        """Who signed in with this cookie."""
        return self._cookies.get(digest(value))
