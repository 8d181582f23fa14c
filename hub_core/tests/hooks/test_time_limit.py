"""The limit of a hook on a transaction ends what runs in the main thread and leaves the alarm of others as it was."""

import signal
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from hub_core.hooks import limited


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_an_alarm_that_somebody_else_has_set_rings_afterwards(connection: Connection) -> None:
    rang: list[float] = []
    theirs = signal.signal(signal.SIGALRM, lambda number, frame: rang.append(time.monotonic()))
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0.4)  # of pytest's own time limit
    try:
        with pytest.raises(TimeoutError, match=r"^took more than 0\.2 s$"), limited(connection, 0.2):
            time.sleep(10)
        assert rang == []
        time.sleep(1)
        assert len(rang) == 1
    finally:
        signal.signal(signal.SIGALRM, theirs)
        signal.setitimer(signal.ITIMER_REAL, left, interval)


def test_what_ends_in_time_is_not_interrupted_later_and_statements_run_on(connection: Connection) -> None:
    with limited(connection, 0.2):
        connection.execute(text("SELECT 1"))
    time.sleep(0.4)
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n"
    assert connection.scalar(text(count)) == 100000


def test_an_error_before_the_limit_stays_what_it_is(connection: Connection) -> None:
    with pytest.raises(KeyError), limited(connection, 5):
        raise KeyError
    with pytest.raises(SystemExit), limited(connection, 5):
        raise SystemExit


def late(error: type[Exception] | None) -> None:
    try:
        time.sleep(5)
    except Exception:
        if error is not None:
            raise error from None


def test_who_is_late_has_failed_whatever_was_raised(connection: Connection) -> None:
    with pytest.raises(TimeoutError) as caught, limited(connection, 0.1):
        late(KeyError)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(TimeoutError), limited(connection, 0.1):
        late(None)
