"""The gateways of this process: collected when payments starts, kept until it stops."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from hub_hookspecs import Contribution

from ..interface import Gateway

logger = logging.getLogger(__name__)

_serving: list[Mapping[str, Gateway]] = []
"""The newest start is asked: one start of payments may begin before the last one has stopped."""


def collected(contributions: Iterable[Contribution]) -> Mapping[str, Gateway]:
    """The gateways by name; the first with a name keeps it, and what is no gateway is left out. Both are logged."""
    gateways: dict[str, Gateway] = {}
    for contribution in contributions:
        gateway, module = contribution.value, contribution.module
        if not isinstance(gateway, Gateway):
            logger.error("module %s offers %r, which is no payment gateway: left out", module, gateway)
        elif gateway.name in gateways:
            logger.error("module %s offers a second payment gateway named %r: left out", module, gateway.name)
        else:
            gateways[gateway.name] = gateway
    return MappingProxyType(gateways)


@contextmanager
def serving(gateways: Mapping[str, Gateway]) -> Iterator[None]:
    """Make ``gateways`` the running ones inside the block."""
    _serving.append(gateways)
    try:
        yield
    finally:
        for index in reversed(range(len(_serving))):
            if _serving[index] is gateways:
                del _serving[index]
                break


def running() -> Mapping[str, Gateway]:
    """The gateways that may be used now, by name."""
    return _serving[-1] if _serving else MappingProxyType({})
