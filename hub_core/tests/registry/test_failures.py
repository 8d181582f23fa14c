"""Two write down at once why a module is down: the later one counts, and neither fails."""

import threading
from concurrent.futures import ThreadPoolExecutor

from hub_core.catalog import Reason
from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.planning import Failure
from hub_core.registry import recorded_failures, store_failure, store_failures


def down(text: str) -> Failure:
    return Failure(condition="failed", reason=Reason(code="failed_start", text=text, remedy="Mend it"))


def test_who_writes_all_and_who_writes_one_meet(database_url: str) -> None:
    url = parse_url(database_url)
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    begun = threading.Event()

    def write_one() -> None:
        with connect(url) as connection:
            begun.set()
            store_failure(connection, "shop", down("one"))
            connection.commit()

    with ThreadPoolExecutor(1) as pool:
        with connect(url) as connection:
            store_failures(connection, {"shop": down("all"), "wiki": down("all")})
            writing = pool.submit(write_one)
            begun.wait(10)
            threading.Event().wait(0.3)  # it waits for this transaction by now
            connection.commit()
        writing.result(20)
    with connect(url, read_only=True) as connection:
        told = {name: failure.reason.text for name, failure in recorded_failures(connection).items()}
    assert told == {"shop": "one", "wiki": "all"}
