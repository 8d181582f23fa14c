"""Where CI is set, a skipped test is a failed one: what was not tried was not shown to work."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "100"))
settings.register_profile("hub", deadline=None, max_examples=EXAMPLES)  # busy machine: a slow example is no fault
settings.load_profile("hub")

CI = os.environ.get("CI", "").lower() in ("1", "true")


ACCEPTED = ("this machine mounts no small volume", "this system makes no namespaces of users")
"""What a container may forbid even to root; everything else can be had, or installed."""


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        if any(each in str(reason) for each in ACCEPTED):
            return
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which CI does not accept: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report
