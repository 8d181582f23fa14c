"""Logs: one format and one place for the hub, its modules and the server, and a limit for each module."""

from .setting_up import complete_logging, dropped_lines, set_up_logging

__all__ = ["complete_logging", "dropped_lines", "set_up_logging"]
