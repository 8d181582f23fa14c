"""Why a module the probe could not describe cannot run, in words; asked by commands that import nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ...catalog import Reason
from ...planning import Failure

Entry = Mapping[str, Any]
"""One answer of the probe, as ``Probed.as_json`` has it: that class itself is not needed to look at it."""
ENDINGS: Final = frozenset({"died", "killed", "slow", "memory"})
"""The ends of a probe that would have been the end of the hub, or have held it up."""
_REMEDIES: Final = {
    "slow": "Try again with more time: hub check --deep --seconds 60; or install a release of {module} that imports faster",
    "memory": "Install a release of {module} that needs less memory when it is imported",
    "changes": "Let {module} leave what it shares with other modules as it is, and begin its work in hub_lifespan; or install a release that does",
}


def probe_failures(
    answers: Mapping[str, Entry], when: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Failure]]:
    """Of the probe's answers those that keep a module from running, as listings tell them.

    :param when: when each was found, for answers of an earlier run: those a new one may show to be over.
    """
    for module, answer in answers.items():
        found = (when or {}).get(module, "")
        if answer["kind"] == "requirement":
            reason = Reason(code="requirement_failed", text=answer["text"], remedy=answer["remedy"])
            yield module, Failure(condition="blocked", reason=_dated(reason, ", when it was probed", found))
        elif answer["kind"] == "configuration":
            reason = Reason(code="needs_configuration", text=answer["text"], remedy=answer["remedy"])
            yield module, Failure(condition="needs configuration", reason=_dated(reason, "", found))
        elif answer["kind"] != "described":
            condition = "quarantined" if answer["kind"] in ENDINGS else "failed"
            yield module, Failure(condition=condition, reason=_dated(_reason(answer), "", found))


def remedy_of(answer: Entry) -> str:
    """What a person can do about a module that was not described."""
    own = _REMEDIES.get(answer["kind"], "").format(module=answer["module"])
    return own or answer["remedy"] or f"Correct {answer['module']}, or install a release that works"


def _dated(reason: Reason, lead: str, when: str) -> Reason:
    if not when:
        return reason
    remedy = f"{reason.remedy}; hub check --deep probes it anew" if reason.remedy else "hub check --deep probes it anew"
    return replace(reason, text=f"{reason.text}{lead} on {when}", remedy=remedy)


def _reason(answer: Entry) -> Reason:
    return Reason(
        code=f"failed_{answer['phase']}".replace(" ", "_"),
        text=f"{answer['phase']} ({answer['text']}) when it was probed",
        remedy=remedy_of(answer),
    )
