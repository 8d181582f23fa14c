"""A module without a fault; writes its name to ``HUB_TEST_IMPORT_LOG`` when it is imported."""

import os
from collections.abc import Mapping
from pathlib import Path

from hub_hookspecs import hookimpl

from .interface import HealthyHelpers

if log := os.environ.get("HUB_TEST_IMPORT_LOG"):
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{__name__}\n")


@hookimpl
def hub_extension_points() -> Mapping[str, type]:
    return {"healthy_helpers": HealthyHelpers}
