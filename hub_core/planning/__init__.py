"""From recorded and desired state to the steps between them. Pure."""

from .blocked import hindrances, is_older, not_installed
from .graph import Edge, EdgeKind, Graph, Node
from .graph_building import module_graph
from .hub_toml import DOCUMENT_FILE, DocumentInvalid, document, initial_document
from .impact import DATA_KEPT, pending_revisions
from .listed import AVAILABLE, ListedModule, ModuleUnknown, listing
from .preflight import (
    STANDS_AGAINST,
    Foreseen,
    Target,
    Verdict,
    as_it_would_be,
    foreseen,
    own_reasons,
    spoken_contract,
    worsened,
)
from .steps import plan, recorded_after
from .three_way import drift, merge
from .values import (
    Desired,
    DesiredModule,
    Failure,
    ModuleState,
    Placement,
    Plan,
    RecordedModule,
    Step,
    StepKind,
    told_failures,
)
from .wanted import wishes

__all__ = [
    "AVAILABLE",
    "DATA_KEPT",
    "DOCUMENT_FILE",
    "STANDS_AGAINST",
    "Desired",
    "DesiredModule",
    "DocumentInvalid",
    "Edge",
    "EdgeKind",
    "Failure",
    "Foreseen",
    "Graph",
    "ListedModule",
    "ModuleState",
    "ModuleUnknown",
    "Node",
    "Placement",
    "Plan",
    "RecordedModule",
    "Step",
    "StepKind",
    "Target",
    "Verdict",
    "as_it_would_be",
    "document",
    "drift",
    "foreseen",
    "hindrances",
    "initial_document",
    "is_older",
    "listing",
    "merge",
    "module_graph",
    "not_installed",
    "own_reasons",
    "pending_revisions",
    "plan",
    "recorded_after",
    "spoken_contract",
    "told_failures",
    "wishes",
    "worsened",
]
