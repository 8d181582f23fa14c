"""The entry point of ``hub``: finds one command, runs it, and turns what it raises into an exit code.

0 done · 1 an expected failure, or the answer is no · 2 usage · 3 a bug, with its traceback · 130 interrupted

Only the file of the command that was asked for is imported, and typer only with it: ``hub --help`` is answered from a
table, because typer alone takes longer than a whole small program should.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

from ..errors import HubError
from .commands import COMMANDS, HIDDEN, help_text
from .json_output import is_json, json_alone
from .launching import LIFELINE, REQUEST, enter_current, launch, occupy_here

DONE: Final = 0
EXPECTED_FAILURE: Final = 1
USAGE: Final = 2
BUG: Final = 3
INTERRUPTED: Final = 130
_GOES_ON: Final = ("environment_switched", "environment_behind")
"""Nothing was changed, as another environment runs by now: the command goes on there, where it is made."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default that of this process, and return the exit code."""
    _open_closed_streams()
    if LIFELINE in os.environ:
        from .lifeline import end_with_parent

        end_with_parent()
    if arguments is None:
        _import_from_nowhere_else()
    occupy_here()
    again = list(sys.argv[1:] if arguments is None else arguments)
    asked = _asked(again)
    try:
        return _run(again)
    except HubError as error:
        if error.code in _GOES_ON and again[0] not in HIDDEN:
            enter_current(again)
        return _refused(asked, error)
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXPECTED_FAILURE
    except Exception as error:
        if (denied := _denied(error)) is not None:
            return _refused(asked, denied)
        import traceback

        _complain(traceback.format_exc().rstrip())
        return BUG


def _refused(asked: Sequence[str], error: HubError) -> int:
    from .attempted import refused

    refused(asked, error)
    _complain(_told(error))
    return EXPECTED_FAILURE


def _denied(error: Exception) -> HubError | None:
    """What the system denies this process, which is no bug; ``None`` for anything else."""
    if not isinstance(error, OSError) or error.filename is None:
        return None
    from .denied import denied

    return denied(error)


def _asked(arguments: Sequence[str]) -> Sequence[str]:
    """What somebody called, where this process only goes on with it."""
    if [*arguments] != ["carry"]:
        return arguments
    from .attempted import called

    return called(os.environ)


def _run(arguments: list[str]) -> int:
    match arguments:
        case [] | ["-h" | "--help", *_]:
            _say(help_text())
        case ["--version", *_]:
            from importlib_metadata import version

            _say(f"hub {version('hub-core')}")
        case [name, *rest] if name in HIDDEN:
            return _run_command(name, rest)
        case [name, *rest] if name in COMMANDS:
            launch(name, arguments)
            return _run_command(name, rest)
        case [group, name, *rest] if f"{group} {name}" in COMMANDS:
            launch(f"{group} {name}", arguments)
            return _run_command(f"{group} {name}", rest)
        case [group, *rest] if any(name.startswith(f"{group} ") for name in COMMANDS):
            return _run_group(group, rest)
        case [name, *_]:
            from ..manifest import did_you_mean

            _complain(
                f"hub has no {'option' if name.startswith('-') else 'command'} {name!r}{did_you_mean(name, COMMANDS)}"
            )
            return USAGE
    sys.stdout.flush()
    return DONE


def _run_command(name: str, arguments: list[str]) -> int:
    from importlib import import_module

    if os.environ.get(REQUEST):
        from .requested import take_over

        take_over()
    import typer
    from typer.exceptions import TyperException

    app = typer.Typer(
        add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
    )
    app.command(name)(import_module(f"hub_core.cli.{HIDDEN.get(name) or COMMANDS[name][0]}").command)
    try:
        with json_alone() if is_json(arguments) else nullcontext():
            result = app(args=arguments, prog_name=f"hub {name}", standalone_mode=False)
    except TyperException as error:
        _complain(f"{error.format_message()}\nTry 'hub {name} --help'.")
        return error.exit_code
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    sys.stdout.flush()
    return result if isinstance(result, int) else DONE


def _run_group(group: str, arguments: list[str]) -> int:
    """Say which commands there are of two words that begin with ``group``."""
    if arguments and arguments[0] in ("-h", "--help"):
        _say(help_text(group))
        return DONE
    names = [name.removeprefix(f"{group} ") for name in COMMANDS if name.startswith(f"{group} ")]
    wrong = f", not {arguments[0]!r}" if arguments else ""
    _complain(f"hub {group} is followed by one of {', '.join(names)}{wrong}")
    return USAGE


def _import_from_nowhere_else() -> None:
    """Import nothing that lies beside the program, or in the folder it was called in; so that each way to start it is the same."""
    beside = "" if sys.argv[0] == "-c" else os.path.dirname(sys.argv[0])  # noqa: PTH120 - as Python has put it there
    if not sys.flags.safe_path and sys.path[:1] == [beside]:
        del sys.path[0]


def _open_closed_streams() -> None:
    """Give a process whose standard streams were closed (``>&-``) ones that lead nowhere."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - open until the process ends
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115


def _told(error: HubError) -> str:
    from .remedies import remedy_here

    parts = {"error": error.problem, "cause": error.cause, "remedy": remedy_here(error.remedy)}
    return "\n".join(f"{name}: {text}" for name, text in parts.items() if text)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    from .masking import masked
    from .terminal_text import one_line

    sys.stderr.write("\n".join(map(one_line, masked(text).split("\n"))) + "\n")
