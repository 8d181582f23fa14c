"""How soon each side of a PostgreSQL connection notices that the other one is gone, with no word of farewell.

By default that takes two hours: so long would the session of a hub whose machine lost its power hold its locks, the
leader's among them. An ordinary role may set all of these for its session. Through a Unix socket they mean nothing.
"""

from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, event

CLIENT: Final = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""Options of libpq, for our side."""
SERVER: Final = {
    "tcp_keepalives_idle": "15s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "45s",
    "client_connection_check_interval": "1s",
}
"""Settings of the session, for the server's side. 45 s: whoever waits a minute for the leader's lock gets it.

The last one ends a long statement whose client was killed, which would otherwise hold its locks until it is done.
"""

_SET: Final = "SELECT set_config(name, wanted, false) FROM pg_settings JOIN (VALUES {}) AS w(name, wanted) USING (name)"


def end_with_client(engine: Engine) -> None:
    """Make every session of a synchronous PostgreSQL engine end soon after its client, where the server lets it."""

    @event.listens_for(engine, "connect")
    def connected(driver: Any, record: Any) -> None:
        values = ", ".join(f"('{name}', '{wanted}')" for name, wanted in SERVER.items())
        driver.autocommit = True  # what is set in a transaction would be gone with it
        with suppress(engine.dialect.loaded_dbapi.Error):  # a server on a system that cannot
            driver.execute(_SET.format(values))
        driver.autocommit = False
