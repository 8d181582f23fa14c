"""A session of a hub that is gone ends soon, and with it the locks it holds; an ordinary role may ask for that."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.database.dead_peers import SERVER
from hub_core.testing.postgres_server import create_database, drop_database


@pytest.fixture
def ordinary(postgres_server: str) -> Iterator[str]:
    """A database of its own, as a role that may do nothing special."""
    role, url = f"ordinary_{os.urandom(4).hex()}", create_database(postgres_server)
    with psycopg.connect(postgres_server, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
    parts = urlsplit(url)
    yield parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()
    drop_database(postgres_server, url)
    with psycopg.connect(postgres_server, autocommit=True) as owner:
        owner.execute(f"DROP ROLE {role}".encode())


def test_both_sides_ask_after_each_other(ordinary: str) -> None:
    with connect(parse_url(ordinary)) as connection:
        assert {name: connection.scalar(text(f"SHOW {name}")) for name in SERVER} == {
            "tcp_keepalives_idle": "15",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": "45000",
            "client_connection_check_interval": "1s",
        }
        driver = connection.connection.dbapi_connection
        assert driver
        with socket.socket(fileno=os.dup(driver.pgconn.socket)) as ours:
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            if sys.platform == "linux":
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


def test_what_the_url_says_goes_before(ordinary: str) -> None:
    with connect(parse_url(f"{ordinary}?keepalives=0&application_name=mine&connect_timeout=3")) as connection:
        assert connection.scalar(text("SHOW application_name")) == "mine"
        driver = connection.connection.dbapi_connection
        assert driver
        with socket.socket(fileno=os.dup(driver.pgconn.socket)) as ours:
            assert not ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


HANG = """
import sys
from sqlalchemy import text
from hub_core.database import connect, parse_url
with connect(parse_url(sys.argv[1])) as connection:
    print(connection.scalar(text("SELECT pg_backend_pid()")), flush=True)
    connection.execute(text("SELECT pg_sleep(90)"))
"""


def test_a_long_statement_ends_soon_after_its_client_was_killed(ordinary: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HANG, ordinary], stdout=subprocess.PIPE) as client:
        assert client.stdout
        pid = int(client.stdout.readline())
        time.sleep(0.5)
        client.kill()
    with psycopg.connect(ordinary, autocommit=True) as watching:
        deadline = time.monotonic() + 15
        while watching.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            assert time.monotonic() < deadline, "it still runs"
            time.sleep(0.2)
