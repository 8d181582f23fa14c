"""The files of seed and demo data as rows: who may say what, before anything is known of the module's tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...catalog import DataDocument, blocks
from ...errors import HubError
from ...manifest import first_ones

_KEYS: Final = {"table", "key", "rows"}
REFERENCE: Final = "$ref"


class SeedInvalid(HubError):
    """The data files of a module do not say what they must; ``faults`` names file and row of each."""

    code = "seed_invalid"

    def __init__(self, module: str, faults: Iterable[str]) -> None:
        self.module, self.faults = module, tuple(faults)
        super().__init__(
            f"the data files of {module} have {len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}",
            cause="; ".join(first_ones(list(self.faults))),
            remedy=f"Install a release of {module} without them, or correct the files; "
            "docs/reference/seed-data.md explains the format",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One row as its file has it. ``place`` says where it stands: file, block and number, from one."""

    place: str
    table: str
    key: tuple[str, ...]
    values: Mapping[str, Any]
    is_demo: bool


def file_rows(documents: Iterable[DataDocument], *, is_demo: bool, faults: list[str]) -> Iterator[FileRow]:
    """The rows of ``documents`` in their order; what is none is told in ``faults``, one sentence each."""
    for document in documents:
        if document.fault:
            faults.append(f"{document.file}: {document.fault}")
        found = blocks(document.value)
        for number, block in enumerate(found, 1):
            place = f"{document.file}, block {number}" if len(found) > 1 else document.file
            yield from _rows(place, block, is_demo, faults)


def is_reference(value: object) -> bool:
    """Whether ``value`` stands for another row's; a schema that says ``{"$ref": "#/…"}`` is a value as any other."""
    return isinstance(value, dict) and isinstance(value.get(REFERENCE), dict)


def _rows(place: str, block: Any, is_demo: bool, faults: list[str]) -> Iterator[FileRow]:
    if fault := _fault_of_block(block):
        faults.append(f"{place}: {fault}")
        return
    key = tuple(block["key"])
    for number, values in enumerate(block["rows"], 1):
        here = f"{place}, row {number}"
        if not isinstance(values, dict):
            faults.append(f"{here}: not an object of columns and values")
        elif missing := [name for name in key if values.get(name) is None]:
            faults.append(f"{here}: gives no {', '.join(missing)}, which the key has")
        else:
            yield FileRow(place=here, table=block["table"], key=key, values=values, is_demo=is_demo)


def _fault_of_block(block: Any) -> str:
    if not isinstance(block, dict) or set(block) != _KEYS:
        return f"not an object with exactly {', '.join(sorted(_KEYS))}"
    if not isinstance(block["table"], str):
        return "table is not a name"
    if not isinstance(block["rows"], list):
        return "rows is not a list"
    key = block["key"]
    if not isinstance(key, list) or not key or not all(isinstance(name, str) for name in key):
        return "key is not a list of columns"
    return "key names a column twice" if len(set(key)) < len(key) else ""
