"""From recorded and desired state to the steps between them. Pure."""

from .blocked import hindrances
from .graph import Edge, EdgeKind, Graph, Node
from .graph_building import module_graph
from .hub_toml import DOCUMENT_FILE, DocumentInvalid, document, initial_document
from .impact import pending_revisions
from .listed import AVAILABLE, ListedModule, ModuleUnknown, listing
from .steps import plan, recorded_after
from .three_way import drift, merge
from .values import Desired, DesiredModule, Failure, ModuleState, Placement, Plan, RecordedModule, Step, StepKind
from .wanted import wishes

__all__ = [
    "AVAILABLE",
    "DOCUMENT_FILE",
    "Desired",
    "DesiredModule",
    "DocumentInvalid",
    "Edge",
    "EdgeKind",
    "Failure",
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
    "document",
    "drift",
    "hindrances",
    "initial_document",
    "listing",
    "merge",
    "module_graph",
    "pending_revisions",
    "plan",
    "recorded_after",
    "wishes",
]
