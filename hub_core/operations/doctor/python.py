"""Is this a Python that hub-core supports, and one of its own?"""

import sys
from collections.abc import Iterator

from importlib_metadata import MetadataNotFound, PackageNotFoundError, metadata

from ...manifest import TextInvalid, range_text, read_range
from ..observation import Observation, error, ok, warning

HERE = ".".join(map(str, sys.version_info[:3]))
"""The version of the interpreter, as ``Requires-Python`` means it."""


def examine() -> Iterator[Observation]:
    """The version, and whether it is a virtual environment."""
    yield _version(_supported())
    if sys.prefix == sys.base_prefix:
        yield warning(
            code="no_virtual_environment",
            text=f"{sys.prefix} is no virtual environment: other programs share what is installed in it",
            remedy="python -m venv .venv, and install hub-core and its modules there",
        )
    else:
        yield ok(code="virtual_environment", text=f"virtual environment {sys.prefix}")


def _version(supported: str | None) -> Observation:
    if supported is None:
        return warning(
            code="hub_core_unknown",
            text=f"Python {HERE}; hub-core has no metadata here that would say which it supports",
            remedy="pip install --force-reinstall hub-core",
        )
    if read_range(supported).contains(HERE, prereleases=True):
        return ok(code="python_supported", text=f"Python {HERE}; hub-core supports {supported or 'any'}")
    return error(
        code="python_unsupported",
        text=f"Python {HERE} runs here; hub-core supports {supported}",
        remedy=f"Make a virtual environment with a Python {supported}, and install hub-core there",
    )


def _supported() -> str | None:
    try:
        return range_text(read_range(str(metadata("hub-core").get("Requires-Python") or "")))
    except (PackageNotFoundError, MetadataNotFound, TextInvalid):
        return None
