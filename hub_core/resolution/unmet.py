"""What is not as a module needs it, as facts; ``wording`` says them in sentences."""

from dataclasses import dataclass
from typing import Literal

from .requirement import Asked

Kind = Literal["missing", "version", "contract", "refused", "unreadable", "python", "endless"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """One requirement that does not hold.

    ``by`` is the distribution whose metadata it stands in, empty for the module's own; ``through`` are the distributions
    between the two, the module's own requirement first. ``installed`` is the version on disk, empty for none; of kind
    *python* it is that of the interpreter, and of kind *contract* what the hub speaks.
    *endless* is one behind which lies more than can be followed.
    """

    kind: Kind
    asked: Asked
    installed: str = ""
    by: str = ""
    through: tuple[str, ...] = ()
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one requirement means here: the modules it leads to, and what is unmet on the way.

    ``is_plain`` tells that there is no more to it: it holds without an extra or marker, and has a range.
    """

    is_plain: bool = True
    modules: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
