"""Which tests a run takes, and where CI is set, that a skipped test is a failed one: what was not tried was not shown to work.

By itself pytest takes all that it is given. The sessions of nox take samples, always the same ones: ``HUB_TEST_LONG=11`` is every
eleventh of the tests in each long file (0 is none of them), ``HUB_TEST_MANY=3`` every third case of a test that has many, and
``HUB_TEST_SHARE=0/3`` the first of three shares of the functions.
"""

import os
from collections import Counter, defaultdict
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


LONG = (
    "hub_core/tests/catalog/",
    "hub_core/tests/cli/",
    "hub_core/tests/concurrency/",
    "hub_core/tests/hooks/test_every_hook_is_called.py",
    "hub_core/tests/hooks/test_unhooked.py",
    "hub_core/tests/kill/",
    "hub_core/tests/loading/test_modules_that_break_the_contract.py",
    "hub_core/tests/loading/test_phase_of_changes.py",
    "hub_core/tests/loading/test_probe",
    "hub_core/tests/migrations/test_database_gone.py",
    "hub_core/tests/migrations/test_disk_full.py",
    "hub_core/tests/migrations/test_locked_table.py",
    "hub_core/tests/migrations/test_outside.py",
    "hub_core/tests/migrations/test_ownership.py",
    "hub_core/tests/migrations/test_revision_lint.py",
    "hub_core/tests/migrations/test_watching.py",
    "hub_core/tests/migrations/test_writing_files.py",
    "hub_core/tests/migrations/test_written_revisions.py",
    "hub_core/tests/operations/",
    "hub_core/tests/packages/",
    "hub_core/tests/resolution/test_hostile_input.py",
    "hub_core/tests/resolution/test_odoo.py",
    "hub_core/tests/resolution/test_properties.py",
    "hub_core/tests/runtime/test_module_threads.py",
    "hub_core/tests/runtime/test_start_and_stop.py",
    "hub_core/tests/testing/",
    "hub_core/tests/web/test_asking",
    "hub_core/tests/web/test_generated_requests.py",
    "hub_core/tests/web/test_guards.py",
    "hub_core/tests/web/test_managing_is_for_the_superuser.py::test_no_generated",
    "hub_core/tests/web/test_pages.py",
    "hub_core/tests/web/test_route_overrides.py",
    "hub_core/tests/web/test_transactions.py",
    "tests/wheels/",
)
"""Where tests build distributions, start processes or try many requests."""
LONGEST = "tests/wheels/"
STORIES = (
    *("asked_while_others_change", "billing_story", "contents", "core_upgrade", "downgrade", "it_knows_why_not"),
    *("operations_story", "the_way_back", "third_party_module"),
)
"""A test takes a minute or more there: a sample is taken from these files alone, which tell of everything."""
EVERY_LONG = int(os.environ.get("HUB_TEST_LONG", "1"))
MANY, EVERY_CASE = 12, int(os.environ.get("HUB_TEST_MANY", "1"))
SHARE = os.environ.get("HUB_TEST_SHARE", "0/1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long: dict[str, list[pytest.Item]] = defaultdict(list)
    cases = Counter(map(_function, items))
    left = []
    for item in items:
        if item.nodeid.startswith(LONG):
            long[item.nodeid.partition("::")[0]].append(item)
        elif _is_in_share(item) and (cases[_function(item)] <= MANY or crc32(item.nodeid.encode()) % EVERY_CASE == 0):
            left.append(item)
    stories = {f"{LONGEST}test_{name}.py" for name in STORIES}
    if EVERY_LONG > 1:
        long = {file: tests for file, tests in long.items() if not file.startswith(LONGEST) or file in stories}
    for file, tests in long.items():
        left += tests[crc32(file.encode()) % min(EVERY_LONG, len(tests)) :: EVERY_LONG] if EVERY_LONG else []
    if len(left) < len(items):
        kept = set(left)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]


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
