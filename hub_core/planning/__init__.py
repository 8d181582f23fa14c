"""From recorded and desired state to the steps between them. Pure."""

from .document import DOCUMENT_FILE, DocumentInvalid, document, initial_document
from .merge import drift, merge
from .plan import plan, recorded_after
from .values import Desired, DesiredModule, ModuleState, Plan, RecordedModule, Step, StepKind

__all__ = [
    "DOCUMENT_FILE",
    "Desired",
    "DesiredModule",
    "DocumentInvalid",
    "ModuleState",
    "Plan",
    "RecordedModule",
    "Step",
    "StepKind",
    "document",
    "drift",
    "initial_document",
    "merge",
    "plan",
    "recorded_after",
]
