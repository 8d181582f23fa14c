"""What `hub up` and `hub serve` say once the hub is ready: the modules, the address, how to sign in."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from ..access import NewToken
from ..loading import ModuleFailed
from ..migrations import RevisionRun
from ..operations.backups.backup import Backup
from ..operations.timings import Timing
from ..planning import ListedModule
from ..runtime import Hub, LiveModule
from .json_output import own_output
from .masking import masked, masked_value
from .printing import json_text, print_table
from .reasons_text import conditions_cell, print_explained
from .terminal_text import say_wrapped


def say_revision(run: RevisionRun, *, as_json: bool) -> None:
    """One line per migration as it ends: module, revision, time; beside the JSON on standard error."""
    counted = f" ({run.number} of {run.total})" if run.total > 1 else ""
    way = "took back" if run.back else "ran"
    typer.echo(f"{run.module}: {way} {run.revision}{counted} in {run.duration_ms:.0f} ms", err=as_json)


class StartReport:
    """The report of one start. ``token`` is there when one was made; this is where it is shown, once."""

    def __init__(
        self,
        hub: Hub,
        errors: tuple[ModuleFailed, ...],
        *,
        token: NewToken | None = None,
        backups: Sequence[Backup] = (),
        safe_mode: str | None = None,
    ) -> None:
        self._hub, self._errors, self._token, self._backups = hub, errors, token, backups
        self._safe_mode = safe_mode

    def print(self, address: str) -> None:
        """For people."""
        listed = self._hub.listing()
        typer.echo("")
        print_table(
            ("name", "version", "state", "load", "start", "conditions"),
            [self._row(line) for line in listed],
        )
        errors = list(self._all_errors())
        told = {error.module for error in errors}
        print_explained(module for module in listed if module.name not in told)
        for error in errors:
            for line in ("", *masked(str(error)).splitlines()):
                say_wrapped(line, err=True)
        if self._safe_mode is not None:
            typer.echo("", err=True)
            say_wrapped(self._safe_mode, err=True)
        typer.echo(f"\nready: {address}")
        if self._token is not None:
            typer.echo(f"token: {self._token.text}")
            typer.echo(f"       shown this once; sign in with it at {address}/sign-in, or send Authorization: Bearer …")
        else:
            typer.echo(f"sign in at {address}/sign-in with the token; `hub up --new-token` makes a new one")

    def print_json(self, address: str) -> None:
        """For programs: one line, so that a reader knows when it is whole."""
        modules = [
            {**masked_value(line.as_json()), **{f"{name}_ms": value for name, value in self._times(line).items()}}
            for line in self._hub.listing()
        ]
        report: dict[str, Any] = {
            "ready": address,
            "token": self._token.text if self._token else None,
            "safe_mode": self._safe_mode,
            "modules": modules,
            "backups": [backup.as_json() for backup in self._backups],
            "errors": [masked(str(error)) for error in self._all_errors()],
        }
        typer.echo(json_text(report), file=own_output())

    def timings(self) -> dict[str, Timing]:
        """How long each module took, as far as it is up."""
        known = {name: _times(live) for name, live in self._hub.modules.items()}
        return {name: Timing(import_ms=times["load"], start_ms=times.get("start")) for name, times in known.items()}

    def _all_errors(self) -> Iterator[ModuleFailed]:
        yield from self._errors
        yield from (live.failure for live in self._hub.modules.values() if live.failure is not None)

    def _row(self, line: ListedModule) -> tuple[str, ...]:
        times = self._times(line)
        shown = [f"{times[each]:.0f} ms" if each in times else "" for each in ("load", "start")]
        return line.name, line.version, line.state, *shown, conditions_cell(line)

    def _times(self, line: ListedModule) -> dict[str, float]:
        live = self._hub.modules.get(line.name)
        return {} if live is None else _times(live)


def _times(live: LiveModule) -> dict[str, float]:
    if not live.is_up:  # it comes up at its first use; how long that takes the probe has measured
        return {"load": round(live.description.seconds * 1000, 1)}
    return {"load": round(live.loaded.seconds * 1000, 1), "start": round(live.start_seconds * 1000, 1)}
