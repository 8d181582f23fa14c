"""Whom does a module run as when it is probed? Its import can do whatever that user may."""

import getpass
import os
from collections.abc import Iterator, Sequence
from typing import Final

from ...catalog import FoundModule
from ...errors import HubError
from ...loading import ProbeUser, user_of_probe
from ..observation import Observation, ok, told, warning

_CAPABILITIES: Final = "SETUID, SETGID, KILL, CHOWN and DAC_READ_SEARCH"


def examine(modules: Sequence[FoundModule]) -> Iterator[Observation]:
    """Whether modules are probed as another user, and what it means where they are not."""
    try:
        user = user_of_probe(module.folder for module in modules)
    except HubError as fault:
        yield told(fault)
        return
    yield _other(user) if user.is_other else _root(user.why) if user.why else _same()


def _other(user: ProbeUser) -> Observation:
    if user.is_alone:
        return ok(
            code="probe_as_other_user",
            text="modules are probed as a user that nothing belongs to, who may only read",
        )
    return ok(
        code="probe_as_nobody",
        text="modules are probed as the user nobody, who may only read; other programs that run as nobody are within their reach",
    )


def _root(why: str) -> Observation:
    return warning(
        code="probe_as_root",
        text=f"modules are probed with the rights of root, as {why}: what a module does at its import can change or end anything here",
        remedy=f"Let the hub run as a user who is not root, or give it what it takes to become another: in a container the capabilities {_CAPABILITIES}",
    )


def _same() -> Observation:
    return ok(
        code="probe_as_same_user",
        text=f"modules are probed with the rights of this user ({_name()}), whose files and programs are within their reach; a hub of root probes them as a user who may only read",
    )


def _name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without an account
        return str(os.geteuid())
