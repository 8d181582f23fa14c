"""``hub migrate``: what is pending, one module, a revision forward or back, and the statements alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine

from hub_core.cli.main import main
from hub_core.database import connect, parse_url
from hub_core.migrations import MigrationSource, stamps
from hub_core.operations.up import up
from hub_core.settings import read_settings
from hub_core.tests.sample_modules import SampleModules

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{name}_{number}"
down_revision = {follows}


def upgrade() -> None:
    op.create_table("{name}_t{number}", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("{name}_t{number}")
"""
HUB_TOML = "[modules.shop]\n[modules.shed]\n"


def revisions(name: str, count: int) -> dict[str, str]:
    return {
        f"migrations/versions/{name}_{number}.py": REVISION.format(
            name=name, number=number, follows=repr(f"{name}_{number - 1}") if number > 1 else None
        )
        for number in range(1, count + 1)
    }


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, samples: SampleModules) -> Path:
    """A hub with two modules at their first revisions, whose releases on disk have three and one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    (tmp_path / "hub.toml").write_text(HUB_TOML)
    shop = samples.install("shop", revisions("shop", 1))
    samples.install("shed", revisions("shed", 1))
    up(read_settings(tmp_path), agree=lambda plan: None, on_revision=lambda run: None)
    for path, content in revisions("shop", 3).items():
        (shop / path).write_text(content)
    return tmp_path


def tables(url: str) -> list[str]:
    with connect(parse_url(url)) as connection:
        return sorted(name for name in inspect(connection).get_table_names() if name.startswith(("shop_t", "shed_t")))


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    capsys.readouterr()
    code = main(["migrate", "--check", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_check_says_what_is_pending_and_changes_nothing(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tables(database_url)
    code, lines = checked(capsys)
    assert code == 1
    assert lines == [
        {"module": "hub", "at": "hub_0007", "newest": "hub_0007", "pending": [], "fault": None},
        {"module": "shed", "at": "shed_1", "newest": "shed_1", "pending": [], "fault": None},
        {"module": "shop", "at": "shop_1", "newest": "shop_3", "pending": ["shop_2", "shop_3"], "fault": None},
    ]
    assert checked(capsys, "shed")[0] == 0
    assert tables(database_url) == before
    assert main(["migrate", "--yes"]) == 0
    assert checked(capsys)[0] == 0


def test_check_names_tables_that_are_newer_than_the_files(
    folder: Path, capsys: pytest.CaptureFixture[str], samples: SampleModules
) -> None:
    assert main(["migrate", "--yes"]) == 0
    (samples.site / "sample_shop/migrations/versions/shop_3.py").unlink()
    code, lines = checked(capsys, "shop")
    assert (code, lines[0]["at"], lines[0]["pending"]) == (1, "shop_3", [])
    assert "shop_3" in lines[0]["fault"]


def test_check_does_not_import_alembic(folder: Path, samples: SampleModules) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(samples.site)!r})\n"
        "from hub_core.cli.main import main\n"
        "code = main(['migrate', '--check'])\n"
        "assert code == 1, code\n"
        "assert 'alembic' not in sys.modules\n"
        "assert 'sample_shop' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_each_revision_is_a_line_with_its_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "shop: ran shop_2 (1 of 2) in " in out
    assert "shop: ran shop_3 (2 of 2) in " in out
    assert out.endswith("migrated: shop\n")


def test_one_module_goes_to_a_revision_and_back(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "shop", "--to", "shop_2", "--yes"]) == 0
    assert tables(database_url) == ["shed_t1", "shop_t1", "shop_t2"]
    assert checked(capsys, "shop")[1][0]["at"] == "shop_2"
    with connect(parse_url(database_url)) as connection:
        connection.execute(text("INSERT INTO shop_t2 (id) VALUES (7)"))
        connection.commit()
    assert main(["migrate", "shop", "--to", "shop_1", "--yes"]) == 0
    said = capsys.readouterr()
    assert "takes back shop_2: what they added is dropped with its data" in said.out
    assert "backup of shop" in said.out + said.err
    assert "shop: took back shop_2 in " in said.out
    assert tables(database_url) == ["shed_t1", "shop_t1"]
    assert main(["migrate", "shop", "--to", "base", "--yes"]) == 0
    assert tables(database_url) == ["shed_t1"]
    assert main(["migrate", "shop", "--yes"]) == 0
    assert tables(database_url) == ["shed_t1", "shop_t1", "shop_t2", "shop_t3"]
    assert main(["migrate", "shop", "--yes"]) == 0
    assert "shop is at its newest revision" in capsys.readouterr().out


def test_going_back_asks_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str], database_url: str) -> None:
    before = tables(database_url)
    assert main(["migrate", "shop", "--to", "base"]) == 2
    assert "migrate shop back from shop_1 to nothing" in capsys.readouterr().out
    assert tables(database_url) == before


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["nosuch"], 1, "nosuch cannot be migrated\ncause: it is not enabled; enabled are: shed, shop"),
        (["shop", "--to", "shop_9", "--yes"], 1, "shop has no revision 'shop_9'"),
        (["--to", "shop_1"], 2, "name the module whose revision it is"),
        (["--check", "--sql"], 2, "--check stands alone"),
    ],
)
def test_what_cannot_be_done_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, expected: str
) -> None:
    assert main(["migrate", *arguments]) == code
    assert expected in capsys.readouterr().err.replace("error: ", "")


def test_sql_prints_what_would_run_and_running_it_does_it(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tables(database_url)
    assert main(["migrate", "--sql"]) == 0
    script = capsys.readouterr().out
    assert "-- shop: from shop_1 to shop_3" in script
    assert "shed" not in script
    assert tables(database_url) == before
    url = parse_url(database_url)
    with connect(url) as connection:
        if url.kind == "sqlite":
            connection.rollback()
            connection.connection.driver_connection.executescript(script)  # type: ignore[union-attr]
        else:
            connection.connection.driver_connection.execute(script)  # type: ignore[union-attr]
    assert tables(database_url) == ["shed_t1", "shop_t1", "shop_t2", "shop_t3"]
    assert main(["migrate", "--sql"]) == 0
    assert capsys.readouterr().out == "-- nothing to migrate\n"
    code, lines = checked(capsys, "shop")
    assert (code, lines[0]["at"]) == (0, "shop_3"), "the version table is believed, not the registry"


def test_sql_of_a_revision_that_must_look_at_the_database(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str], samples: SampleModules
) -> None:
    path = samples.site / "sample_shop/migrations/versions/shop_2.py"
    path.write_text(
        path.read_text().replace("op.create_table(", "op.get_bind().scalar(sa.text('SELECT 1')) + 1; op.create_table(")
    )
    assert main(["migrate", "shop", "--sql"]) == 1
    assert "the statements of shop cannot be told without running them" in capsys.readouterr().err


def test_a_version_table_changed_by_hand_is_told(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--yes"]) == 0
    with connect(parse_url(database_url)) as connection:
        connection.execute(text("UPDATE shop_alembic_version SET version_num = 'shop_2'"))
        connection.execute(text("DROP TABLE shop_t3"))
        connection.commit()
    capsys.readouterr()
    assert main(["plan"]) == 0
    assert "shop: its tables are at shop_2, the registry says shop_3" in capsys.readouterr().out
    assert main(["migrate", "--yes"]) == 0
    assert tables(database_url) == ["shed_t1", "shop_t1", "shop_t2", "shop_t3"]


def test_the_heads_of_all_modules_are_one_query(folder: Path, database_url: str) -> None:
    def source(name: str) -> MigrationSource:
        return MigrationSource(module=name, folder=Path(), table_prefix=f"{name}_")

    ran: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    with connect(parse_url(database_url)) as connection:
        event.listen(Engine, "before_cursor_execute", hear)
        try:
            assert stamps(connection, [source("shop"), source("shed")]) == {"shop": "shop_1", "shed": "shed_1"}
        finally:
            event.remove(Engine, "before_cursor_execute", hear)
        assert len(ran) == 1
        assert stamps(connection, [source("shop"), source("gone")]) == {"shop": "shop_1", "gone": None}


def test_the_file_of_a_revision_can_be_missing_on_one_module_only(
    folder: Path, samples: SampleModules, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    (samples.site / "sample_shop/migrations/versions/shop_2.py").unlink()
    code, lines = checked(capsys)
    assert code == 1
    faults = {line["module"]: line["fault"] for line in lines}
    assert faults["shed"] is None
    assert "shop_3.py follows 'shop_2', which no file has" in faults["shop"]
    assert main(["migrate", "--yes"]) == 0
    assert tables(database_url) == ["shed_t1", "shop_t1"]


@pytest.mark.parametrize("arguments", [["bar"], ["bar", "--to", "bar_1"]])
def test_a_module_that_was_not_applied_yet_needs_hub_up(
    folder: Path, capsys: pytest.CaptureFixture[str], samples: SampleModules, arguments: list[str]
) -> None:
    samples.install("bar", revisions("bar", 1))
    (folder / "hub.toml").write_text(f"{HUB_TOML}[modules.bar]\n")
    assert main(["migrate", "--yes", *arguments]) == 1
    assert capsys.readouterr().err == (
        "error: bar cannot be migrated\n"
        "cause: hub.toml enables it, and that was not applied yet\n"
        "remedy: Run hub up, which makes its tables\n"
    )
    (folder / "hub.toml").write_text(f"{HUB_TOML}[modules.bar]\nenabled = false\n")
    assert main(["migrate", "--yes", *arguments]) == 1
    assert "remedy: Set enabled = true under [modules.bar] in hub.toml" in capsys.readouterr().err
