"""Two import rules that import-linter's own contracts cannot say; named in ``pyproject.toml`` under ``contract_types``.

``module_boundaries``: what a hub module may import of the ecosystem. ``room_faces``: rooms know each other by their face.
"""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

CONTRACT = "hub_hookspecs"
MODULE_PREFIX = "hub_module_"


def _top(name: str) -> str:
    return name.partition(".")[0]


class _Violations(Contract):
    """Judge every direct import with ``fault`` and list those it finds wrong."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = [
            f"{importer} -> {imported}: {fault}"
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            for fault in self.faults(importer, imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line)

    def faults(self, importer: str, imported: str) -> Iterator[str]:
        """Say what is wrong with one import; nothing when it is allowed."""
        raise NotImplementedError


class ModuleBoundariesContract(_Violations):
    """A module imports another's ``interface`` only; an ``interface`` imports the contract and the standard library only."""

    def faults(self, importer: str, imported: str) -> Iterator[str]:
        if not importer.startswith(MODULE_PREFIX):
            return
        own, other = _top(importer), _top(imported)
        if importer == f"{own}.interface" and other != CONTRACT and other not in sys.stdlib_module_names:
            yield "an interface imports only hub_hookspecs and the standard library"
        if other != own and other.startswith(MODULE_PREFIX) and imported != f"{other}.interface":
            yield f"of another module only {other}.interface may be imported"


class RoomFacesContract(_Violations):
    """A room of ``package`` imports another room's ``__init__`` only, never a file inside it; but for ``open_rooms``."""

    package = fields.StringField()
    open_rooms = fields.SetField(subfield=fields.StringField(), required=False)

    def faults(self, importer: str, imported: str) -> Iterator[str]:
        prefix = f"{self.package}."
        if not importer.startswith(prefix) or not imported.startswith(prefix):
            return
        room, other = importer.split(".")[1], imported.split(".")[1]
        opened = {room, *(self.open_rooms or ())}  # type: ignore[misc]
        if other not in opened and room != "tests" and imported.count(".") > 1:
            yield f"import it from {prefix}{other}"
