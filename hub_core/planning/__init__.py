"""From recorded and desired state to the steps between them. Pure."""

from .values import Desired, DesiredModule, ModuleState, Plan, RecordedModule, Step, StepKind

__all__ = ["Desired", "DesiredModule", "ModuleState", "Plan", "RecordedModule", "Step", "StepKind"]
