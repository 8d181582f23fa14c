"""Distributions that move, in sentences."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..packages import PackageChange


def change_lines(changes: "Iterable[PackageChange]") -> tuple[str, ...]:
    """A sentence for each distribution that moves."""
    return tuple(
        f"bring {each.name} {each.after}"
        if each.before is None
        else f"remove {each.name} {each.before}"
        if each.after is None
        else f"move {each.name} from {each.before} to {each.after}"
        for each in changes
    )
