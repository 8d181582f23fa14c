"""``/metrics``: what Prometheus collects. It names modules, so it takes a token."""

from fastapi import APIRouter, Response
from hub_hookspecs.web import requires

from ..collector_owners import OWNERS
from .hub_of import CurrentHub

METRICS_READ = "hub.metrics.read"

router = APIRouter(dependencies=[requires(METRICS_READ)], include_in_schema=False)


@router.get("/metrics")
async def metrics(hub: CurrentHub) -> Response:
    """The numbers of this process, in the text format of Prometheus."""
    # here, because many a hub has nobody who measures it, and needs no prometheus_client
    from ..metrics import CONTENT_TYPE, metrics_text

    return Response(await metrics_text(hub, OWNERS), media_type=CONTENT_TYPE)
