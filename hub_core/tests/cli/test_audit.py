"""``hub audit``: what was tried at the command line stands in the log, done or refused."""

import json
from pathlib import Path

from hub_core.tests.cli.hub_processes import run_hub
from hub_core.tests.sample_modules import SampleModules


def test_what_was_tried_at_the_command_line_is_written_down(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("shop")
    samples.install("till", requires=("sample-shop",))
    samples.install("broken", {"__init__.py": "raise LookupError('no postgresql://us:s3cret@host/p')"})

    def hub(*arguments: str) -> tuple[int, str]:
        ran = run_hub(tmp_path, *arguments, path=samples.site, HUB_DATABASE_URL=database_url)
        return ran.returncode, ran.stdout or ran.stderr

    assert hub("audit")[0] == 1, "there is no database yet"
    assert hub("enable", "till", "--yes")[0] == 0
    assert hub("disable", "shop", "--dry-run")[0] == 1
    assert hub("disable", "shop", "--yes")[0] == 1
    assert hub("enable", "broken", "--yes")[0] == 1
    assert hub("uninstall", "shop", "--keep-package", "--purge", "--cascade", "--yes")[0] == 0
    code, said = hub("audit", "--json")
    rows = json.loads(said)
    assert code == 0
    assert [(row["action"], row["outcome"], row["operation"], row["code"]) for row in rows] == [
        ("enable", "begun", 1, None),
        ("enable", "done", 1, None),
        ("disable", "refused", None, "module_still_required"),
        ("enable", "refused", None, "change_refused"),
        ("uninstall", "begun", 2, None),
        ("uninstall", "done", 2, None),
    ]
    assert [row["reason"] for row in rows if row["outcome"] == "refused"] == [
        "shop cannot be disabled alone; cause: till requires it",
        "enable was not begun; nothing was changed; cause: broken: import (LookupError): no postgresql://us:***@host/p",
    ]
    assert {row["channel"] for row in rows} == {"command"}
    assert all(" on " in row["actor"] and row["address"] is None for row in rows)
    assert sorted(rows[0]["hashes"]) == ["shop", "till"]
    assert rows[4]["options"] == {"cascade": True, "data": "purge", "backup": True, "keep_package": True}
    assert rows[4]["modules"][0] == "shop"
    assert len(hub("audit", "--limit", "2")[1].splitlines()) == 2
    assert [row["action"] for row in json.loads(hub("audit", "--module", "till", "--json")[1])] == [
        *["enable"] * 2,
        *["uninstall"] * 2,
    ]
