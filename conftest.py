"""Where CI is set, a skipped test is a failed one: what was not tried was not shown to work.

CI tries a third of the cases of a test that has many, always the same ones; ``HUB_TEST_FULL`` tries all, as every run elsewhere.
"""

import os
from collections import Counter
from collections.abc import Generator
from zlib import crc32

import pytest
from hypothesis import settings

EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "100"))
settings.register_profile("hub", deadline=None, max_examples=EXAMPLES)  # busy machine: a slow example is no fault
settings.load_profile("hub")

CI = os.environ.get("CI", "").lower() in ("1", "true")


ACCEPTED = ("this machine mounts no small volume", "this system makes no namespaces of users")
"""What a container may forbid even to root; everything else can be had, or installed."""


MANY = 12
SHARE = os.environ.get("HUB_TEST_SHARE", "")
"""``0/3``: of three shares of the tests, the first."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if _is_in_share(item)] if SHARE else items
    if CI and not os.environ.get("HUB_TEST_FULL"):
        cases = Counter(map(_function, left))
        left = [item for item in left if cases[_function(item)] <= MANY or crc32(item.nodeid.encode()) % 3 == 0]
    if len(left) < len(items):
        kept = set(left)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = left


def _is_in_share(item: pytest.Item) -> bool:
    number, total = map(int, SHARE.split("/"))
    return crc32(_function(item).encode()) % total == number


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


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
