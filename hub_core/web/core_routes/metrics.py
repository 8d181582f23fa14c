"""``/metrics``: what Prometheus collects. It names modules, so it takes a token."""

from fastapi import APIRouter, Response
from hub_hookspecs.web import requires
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from ..metrics import metrics_text
from .hub_of import CurrentHub

METRICS_READ = "hub.metrics.read"

router = APIRouter(dependencies=[requires(METRICS_READ)], include_in_schema=False)


@router.get("/metrics")
async def metrics(hub: CurrentHub) -> Response:
    """The numbers of this process, in the text format of Prometheus."""
    return Response(await metrics_text(hub), media_type=CONTENT_TYPE_PLAIN_0_0_4)
