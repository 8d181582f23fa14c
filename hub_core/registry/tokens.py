"""Digests of superuser tokens; the tokens themselves are never stored."""

from sqlalchemy import Connection, delete, insert, select

from . import tables


def token_hashes(connection: Connection) -> tuple[tuple[str, str], ...]:
    """All digests: of the token, and of the cookie derived from it."""
    rows = connection.execute(select(tables.tokens.c.bearer_sha256, tables.tokens.c.cookie_sha256))
    return tuple((bearer, cookie) for bearer, cookie in rows)


def store_token(connection: Connection, bearer_sha256: str, cookie_sha256: str) -> None:
    """Store the digests of one more token."""
    connection.execute(insert(tables.tokens).values(bearer_sha256=bearer_sha256, cookie_sha256=cookie_sha256))


def revoke_tokens(connection: Connection) -> None:
    """Forget every token."""
    connection.execute(delete(tables.tokens))
