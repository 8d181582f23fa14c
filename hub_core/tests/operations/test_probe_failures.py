"""What the probe found, in the words of listings: condition, code, text and a remedy that fits."""

import pytest

from hub_core.catalog import Reason
from hub_core.operations.describing.probe_reasons import probe_failures

CORRECT = "Correct shop, or install a release that works"


@pytest.mark.parametrize(
    ("kind", "phase", "told", "condition", "reason"),
    [
        ("raised", "routes", "guard them", "failed", Reason(code="failed_routes", text="", remedy="guard them")),
        ("raised", "import", "", "failed", Reason(code="failed_import", text="", remedy=CORRECT)),
        (
            "died",
            "extension points",
            "",
            "quarantined",
            Reason(code="failed_extension_points", text="", remedy=CORRECT),
        ),
        ("killed", "import", "", "quarantined", Reason(code="failed_import", text="", remedy=CORRECT)),
        (
            "slow",
            "import",
            "",
            "quarantined",
            Reason(
                code="failed_import",
                text="",
                remedy="Try again with more time: hub check --deep --seconds 60; or install a release of shop that imports faster",
            ),
        ),
        (
            "changes",
            "import",
            "",
            "failed",
            Reason(
                code="failed_import",
                text="",
                remedy="Let shop leave what it shares with other modules as it is, and begin its work in hub_lifespan; "
                "or install a release that does",
            ),
        ),
        (
            "memory",
            "models",
            CORRECT,
            "quarantined",
            Reason(
                code="failed_models",
                text="",
                remedy="Install a release of shop that needs less memory when it is imported",
            ),
        ),
    ],
)
def test_the_condition_and_the_remedy(kind: str, phase: str, told: str, condition: str, reason: Reason) -> None:
    answer = {"module": "shop", "kind": kind, "phase": phase, "text": "why", "remedy": told}
    ((module, failure),) = probe_failures({"shop": answer})
    assert (module, failure.condition) == ("shop", condition)
    assert failure.reason == Reason(code=reason.code, text=f"{phase} (why) when it was probed", remedy=reason.remedy)


def test_what_was_not_tried_is_blocked_in_its_own_words() -> None:
    answer = {"module": "shop", "kind": "requirement", "phase": "requirements", "text": "needs base", "remedy": "see"}
    ((_, failure),) = probe_failures({"shop": answer})
    assert failure.condition == "blocked"
    assert failure.reason == Reason(code="requirement_failed", text="needs base", remedy="see")


def test_what_was_described_is_no_failure() -> None:
    assert dict(probe_failures({"shop": {"module": "shop", "kind": "described"}})) == {}
