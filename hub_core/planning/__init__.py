"""From recorded and desired state to the steps between them. Pure."""

from .document import DOCUMENT_FILE, DocumentInvalid, document, initial_document
from .listing import AVAILABLE, ListedModule, listing
from .merge import drift, merge
from .plan import plan, recorded_after
from .values import Desired, DesiredModule, ModuleState, Plan, RecordedModule, Step, StepKind

__all__ = [
    "AVAILABLE",
    "DOCUMENT_FILE",
    "Desired",
    "DesiredModule",
    "DocumentInvalid",
    "ListedModule",
    "ModuleState",
    "Plan",
    "RecordedModule",
    "Step",
    "StepKind",
    "document",
    "drift",
    "initial_document",
    "listing",
    "merge",
    "plan",
    "recorded_after",
]
