"""What a database holds, table by table, for tests that nothing of it changes."""

from hashlib import sha256

from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url


def engine_of(database_url: str) -> Engine:
    """A synchronous engine beside the hub's own."""
    url = make_url(database_url)
    return create_engine(url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url)


def stored_data(database_url: str, *prefixes: str) -> dict[str, tuple[int, str]]:
    """Number of rows and a checksum over all of them, of each table whose name begins with one of ``prefixes``."""
    engine = engine_of(database_url)
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if name.startswith(prefixes)]
        held = {}
        for name in sorted(names):
            rows = sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"'))))
            held[name] = len(rows), sha256("\n".join(rows).encode()).hexdigest()
    engine.dispose()
    return held
