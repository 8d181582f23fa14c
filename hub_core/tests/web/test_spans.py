"""OpenTelemetry: FastAPI makes a span of each request, and the hub says in it which module answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hub_core.tests.sample_hub import Sample, sample_hub

ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/items/{item}")
    async def read(item: int) -> int:
        return 1 // item
"""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans of this test."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


async def test_a_span_says_route_and_module_and_that_it_ended_in_a_bug(
    spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    async with sample_hub(tmp_path, {"shop": Sample({"routes/api/a.py": ROUTES})}) as hub:
        for path in ("/api/v1/shop/items/7", "/api/v1/shop/items/0", "/api/v1/shop/nothing", "/health/live"):
            await hub.client.get(path)
    told = [
        (attributes.get("http.route"), attributes["hub.module"], attributes.get("error.type"))
        for span in spans.get_finished_spans()
        if (attributes := span.attributes) is not None and not span.name.startswith("fastapi.")
    ]
    assert told == [
        ("/api/v1/shop/items/{item}", "shop", None),
        ("/api/v1/shop/items/{item}", "shop", "ZeroDivisionError"),
        (None, "shop", None),
        ("/health/live", "hub", None),
    ]
