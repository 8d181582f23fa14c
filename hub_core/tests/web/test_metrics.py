"""``/metrics``: what each module did, in Prometheus' own format; bounded, whatever modules put into it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, sample_hub
from hub_core.web.metric_shares import shares

ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/fine")
    async def fine() -> None: ...

    @router.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError
"""


async def numbers(hub: RunningHub) -> dict[tuple[str, tuple[str, ...]], float]:
    """The samples by name and values of their labels, in the order of the names of these."""
    answer = await hub.as_superuser.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_module_and_status(tmp_path: Path) -> None:
    modules = {"shop": Sample({"routes/api/a.py": ROUTES}), "broken": Sample({"__init__.py": "raise OSError"})}
    async with sample_hub(tmp_path, modules) as hub:
        for _ in range(3):
            await hub.client.get("/api/v1/shop/fine")
        await hub.client.get("/api/v1/shop/bug")
        await hub.client.get("/api/v1/shop/nothing")
        found = await numbers(hub)
        assert found["hub_requests_total", ("shop", "2xx")] == 3
        assert found["hub_requests_total", ("shop", "4xx")] == 1
        assert found["hub_requests_total", ("shop", "5xx")] == 1
        assert found["hub_request_bugs_total", ("shop",)] == 1
        assert found["hub_request_seconds_count", ("shop",)] == 5
        assert found["hub_request_seconds_bucket", ("+Inf", "shop")] == 5
        assert 0 < found["hub_request_seconds_sum", ("shop",)] < 5
        assert found["hub_requests_in_flight", ("shop",)] == 0
        assert found["hub_requests_in_flight", ("hub",)] == 1, "the one that asks"
        assert (found["hub_module_up", ("shop",)], found["hub_module_up", ("broken",)]) == (1, 0)
        assert found["hub_module_import_seconds", ("shop",)] > 0
        assert ("hub_event_loop_lag_seconds", ()) in found


async def test_it_takes_a_permission(tmp_path: Path) -> None:
    async with sample_hub(tmp_path, {}) as hub:
        assert (await hub.client.get("/metrics")).status_code == 401
        assert (await hub.as_principal("hub.modules.read").get("/metrics")).status_code == 403
        assert (await hub.as_principal("hub.metrics.read").get("/metrics")).status_code == 200


@pytest.fixture
def flooding() -> Iterator[None]:
    """A metric of a module with a label without end."""
    counter = Counter("shop_visits", "Visits", ["visitor"])
    for number in range(5000):
        counter.labels(visitor=str(number)).inc()
    yield
    REGISTRY.unregister(counter)


@pytest.mark.usefixtures("flooding")
async def test_a_label_without_end_is_cut_off_and_named(tmp_path: Path) -> None:
    async with sample_hub(tmp_path, {}) as hub:
        found = await numbers(hub)
    assert sum(name == "shop_visits_total" for name, _ in found) <= 1000
    assert found["hub_metric_series_dropped_total", ("shop_visits",)] == 9000


class Told(Collector):
    """A collector of a module, which does what the test says."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def describe(self) -> Iterable[Metric]:
        return ()


@pytest.fixture
def register() -> Iterator[Callable[[Collector], None]]:
    """Registers collectors for the test only."""
    registered: list[Collector] = []

    def add(collector: Collector) -> None:
        REGISTRY.register(collector)
        registered.append(collector)

    yield add
    for collector in registered:
        REGISTRY.unregister(collector)


Register = Callable[[Collector], None]


def gauge(name: str, value: float = 1) -> Metric:
    return GaugeMetricFamily(name, "of a module", value=value)


async def test_a_collector_that_raises_is_left_out_and_named_once(
    tmp_path: Path, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    def half() -> Iterator[Metric]:
        yield gauge("shop_first_half")
        raise SystemExit(3)

    nonsense = Metric("shop_nonsense", "no number", "gauge")
    nonsense.add_sample("shop_nonsense", {}, "many")  # type: ignore[arg-type]
    register(Told(half))
    register(Told(lambda: 1 / 0))  # type: ignore[arg-type,return-value]
    register(Told(lambda: [nonsense]))
    register(Told(lambda: [gauge("shop_well")]))
    async with sample_hub(tmp_path, {}) as hub:
        found = await numbers(hub)
        await numbers(hub)
    assert found["shop_first_half", ()] == found["shop_well", ()] == 1
    assert ("shop_nonsense", ()) not in found
    said = [record.getMessage() for record in caplog.records if "collector failed" in record.getMessage()]
    assert [line.rpartition("(")[2] for line in said] == ["SystemExit)", "ZeroDivisionError)", "ValueError)"]


async def test_a_module_cannot_tell_the_numbers_of_the_hub(
    tmp_path: Path, register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    hidden = Metric("shop_hidden", "of a module", "gauge")
    hidden.add_sample("hub_module_up", {"module": "broken"}, 1)
    forged = Gauge("hub_module_up", "forged", ["module"], registry=None)
    forged.labels(module="broken").set(1)
    for collector in (forged, Counter("hub_requests", "forged", registry=None)):
        register(collector)
    register(Told(lambda: [hidden, gauge("hub.module_up", 7)]))
    register(Told(lambda: [gauge("shop_twice", 1), gauge("shop_twice", 2)]))
    async with sample_hub(tmp_path, {"broken": Sample({"__init__.py": "raise OSError"})}) as hub:
        found = await numbers(hub)
        text = (await hub.as_superuser.get("/metrics")).text
    assert found["hub_module_up", ("broken",)] == 0
    assert found["shop_twice", ()] == 1
    assert "forged" not in text
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    said = [record.args for record in caplog.records if "are the hub's" in record.getMessage()]
    assert sorted(map(str, said)) == [
        str((name,)) for name in ("hub.module_up", "hub_module_up", "hub_requests", "shop_hidden")
    ]


async def test_metrics_without_end_are_cut_off(tmp_path: Path, register: Register) -> None:
    register(Told(lambda: (gauge(f"shop_made_{number}") for number in range(20_000))))
    async with sample_hub(tmp_path, {}) as hub:
        found = await numbers(hub)
    made = sum(name.startswith("shop_made_") for name, _ in found)
    assert 900 < made <= 1000
    assert 0 <= found["hub_metric_series_dropped_total", ("others",)] - (20_000 - made) < 20, (
        "and Python's own large ones"
    )


async def test_the_series_of_all_metrics_are_bounded(tmp_path: Path, register: Register) -> None:
    def wide(number: int) -> Metric:
        family = GaugeMetricFamily(f"shop_wide_{number}", "of a module", labels=["visitor"])
        for visitor in range(900):
            family.add_metric([str(visitor)], 1)
        return family

    register(Told(lambda: map(wide, range(15))))
    async with sample_hub(tmp_path, {}) as hub:
        found = await numbers(hub)
    assert 9000 < sum(name.startswith("shop_wide_") for name, _ in found) <= 10_000


async def test_a_collector_that_hangs_holds_up_neither_the_loop_nor_the_hubs_own_numbers(
    tmp_path: Path, register: Register, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hub_core.web.foreign_metrics.LIMIT_SECONDS", 1.0)
    over, threads = threading.Event(), []

    def hang() -> Iterable[Metric]:
        threads.append(threading.current_thread())
        over.wait(20)
        return [gauge("shop_late")]

    register(Told(hang))
    try:
        async with sample_hub(tmp_path, {}) as hub:
            began = time.monotonic()
            for _ in range(3):
                found = await numbers(hub)
                assert found["hub_requests_in_flight", ("hub",)] == 1
                assert ("shop_late", ()) not in found
            assert time.monotonic() - began < 5
            over.set()
            threads[0].join(5)
            assert (await numbers(hub))["shop_late", ()] == 1
    finally:
        over.set()
    assert threading.main_thread() not in threads
    assert len(threads) == 2, "one at a time"
    said = [record for record in caplog.records if "took more than" in record.getMessage()]
    assert [record.levelno for record in said] == [logging.WARNING]


STARTING = """
    from hub_hookspecs import hookimpl
    from prometheus_client import Counter, Gauge

    @hookimpl
    async def hub_lifespan(context):
        for number in range({large}):
            gauge = Gauge(f"large_{{number}}_{{context.name}}", "of a module", ["visitor"])
            for visitor in range(1000):
                gauge.labels(visitor=str(visitor)).set(1)
        Counter(f"small_{{context.name}}", "of a module").inc()
        yield
"""


@pytest.fixture
def registry() -> Iterator[None]:
    """What modules put into the registry is taken out again."""
    before = set(REGISTRY._collector_to_names)
    yield
    for collector in set(REGISTRY._collector_to_names) - before:
        REGISTRY.unregister(collector)


@pytest.mark.usefixtures("registry")
async def test_modules_share_the_room_and_who_wants_little_gets_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sizes = {"aaa": 12, "bbb": 12, "ccc": 0}
    modules = {name: Sample({"__init__.py": STARTING.format(large=large)}) for name, large in sizes.items()}
    async with sample_hub(tmp_path, modules) as hub:
        assert hub.inner.failures() == {}
        found = await numbers(hub)
    told = {each: sum(name.startswith("large_") and name.endswith(each) for name, _ in found) for each in sizes}
    assert [found[f"small_{name}_total", ()] for name in sizes] == [1, 1, 1]
    assert min(told["aaa"], told["bbb"]) > 4900
    assert sum(told.values()) < 10_000
    said = [record.args for record in caplog.records if "no room for all metrics" in record.getMessage()]
    assert sorted(map(str, said)) == ["('aaa',)", "('bbb',)"], "each once; which module registered first is open"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ({"a": 5, "b": 3}, {"a": 5, "b": 3}),
        ({"a": 50, "b": 3}, {"a": 7, "b": 3}),
        ({"a": 50, "b": 60, "c": 1}, {"a": 4, "b": 5, "c": 1}),
        ({}, {}),
    ],
)
def test_the_room_is_parted_evenly_among_those_who_want_more(wanted: dict[str, int], given: dict[str, int]) -> None:
    assert shares(wanted, 10) == given
