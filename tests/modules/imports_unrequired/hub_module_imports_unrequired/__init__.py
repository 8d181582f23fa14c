"""A module that uses the interface of one it does not require."""

import hub_module_payments.interface

__all__ = ["hub_module_payments"]
