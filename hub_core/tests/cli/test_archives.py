"""What people type and read of archives: create, list, verify, restore; encrypted with a key from the settings."""

import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_core.operations.up import up
from hub_core.settings import SettingsInvalid, read_settings
from hub_core.testing.postgres_server import create_database, drop_database
from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.operations.shop import FIRST, SECOND, Shop
from hub_core.tests.sample_modules import SampleModules

KEY, OTHER = (b64encode(bytes([number] * 32)).decode() for number in (1, 2))


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    return Shop(tmp_path, database_url, samples).brought_up()


@pytest.fixture
def elsewhere(shop: Shop, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty folder, with an empty database where that is of PostgreSQL."""
    folder = tmp_path / "empty"
    folder.mkdir()
    if shop.url.kind == "sqlite":
        yield Shop(folder, f"sqlite:///{folder}/.hub/hub.db", shop.samples)
        return
    server = request.getfixturevalue("postgres_server")
    url = create_database(server)
    yield Shop(folder, url, shop.samples)
    drop_database(server, url)


def hub(shop: Shop, *arguments: str, key: str = "") -> tuple[int, str, str]:
    variables = {"HUB_DATABASE_URL": shop.database_url, **({"HUB_BACKUP_KEY": key} if key else {})}
    done = run_hub(shop.folder, *arguments, path=shop.samples.site, **variables)
    return done.returncode, done.stdout, done.stderr


def test_an_archive_is_made_listed_verified_and_restored(shop: Shop) -> None:
    before = shop.dump()
    code, out, _ = hub(shop, "backup", "create")
    assert code == 0
    found = re.fullmatch(
        r"archive of the hub \(2 modules, (\d+) rows, \d+ KB\): (\.hub/backups/hub-\S+\.hubbackup)\n", out
    )
    assert found, out
    file = found[2]
    _, out, _ = hub(shop, "backup", "list", "--json")
    [listed] = json.loads(out)
    assert (listed["kind"], listed["of"], listed["encrypted"]) == ("archive", "hub", False)
    assert Path(listed["path"]) == shop.folder / file
    code, out, _ = hub(shop, "backup", "verify", file)
    assert code == 0
    first, *modules = out.splitlines()
    assert re.fullmatch(rf"{file} is whole: archive of \S+ \S+Z, made on {shop.url.kind} by hub-core \S+", first)
    assert modules[1:] == [
        "cart 1.0, revision cart_1: 1 row in 1 table",
        "shop 1.0, revision shop_1: 23 rows in 4 tables",
    ]
    shop.run("DELETE FROM shop_pair")
    code, out, err = hub(shop, "restore", file, "--yes")
    assert code == 0, err
    assert "put the whole hub, registry and modules, back as it was on" in out
    assert out.splitlines()[-1] == f"restored: the hub with cart, shop, {found[1]} rows"
    assert shop.dump() == before
    assert len(shop.files) == 2, "what was there is an archive too"


def test_in_an_empty_folder_the_hub_is_there_with_its_hub_toml(shop: Shop, tmp_path: Path) -> None:
    hub(shop, "backup", "create", "--output", "all")
    folder = tmp_path / "empty"
    folder.mkdir()
    done = run_hub(folder, "restore", str(shop.folder / "all"), "--yes", path=shop.samples.site)
    if shop.url.kind == "postgresql":  # a decimal of shop's has more digits than SQLite keeps
        assert (done.returncode, "shop_item.price in row " in done.stderr) == (1, True)
        shop.run("UPDATE shop_item SET price = 0.5")
        hub(shop, "backup", "create", "--output", "smaller")
        done = run_hub(folder, "restore", str(shop.folder / "smaller"), "--yes", path=shop.samples.site)
    assert done.returncode == 0, done.stderr
    assert "restored: the hub with cart, shop" in done.stdout
    listed = json.loads(run_hub(folder, "list", "--json", path=shop.samples.site).stdout)
    states = {each["name"]: each["state"] for each in listed}
    assert (states["cart"], states["shop"]) == ("enabled", "enabled")
    up(read_settings(folder), agree=lambda plan: None, on_revision=lambda run: None)
    assert (folder / "hub.toml").read_text() == (shop.folder / "hub.toml").read_text()


def test_a_damaged_file_is_refused_with_1_and_nothing_is_touched(shop: Shop) -> None:
    hub(shop, "backup", "create", "shop", "--output", "mine")
    file = shop.folder / "mine"
    whole = file.read_bytes()
    shop.run("DELETE FROM shop_pair")
    before = shop.dump(), shop.ask("SELECT count(*) FROM hub_operation")
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:20], b""):
        file.write_bytes(content)
        for command in (["backup", "verify", "mine"], ["restore", "mine", "--yes"]):
            code, out, err = hub(shop, *command)
            assert (code, out) == (1, "")
            assert err.startswith("error: mine cannot be read as a backup\ncause: "), err
    assert (shop.dump(), shop.ask("SELECT count(*) FROM hub_operation")) == before
    file.write_bytes(whole)
    assert hub(shop, "restore", "mine", "--yes")[0] == 0


def test_what_follows_the_end_and_what_is_no_regular_file_is_refused(shop: Shop) -> None:
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    [point] = shop.files
    hub(shop, "backup", "create", "--output", "all")
    whole, before = (shop.folder / "all").read_bytes(), shop.dump()
    (shop.folder / "twice").write_bytes(whole * 2)
    (shop.folder / "more").write_bytes(whole + b"x")
    (shop.folder / "point").write_bytes(point.read_bytes() * 2)
    os.mkfifo(shop.folder / "pipe")
    for name, cause in (
        ("twice", "it is damaged, or not all of it is there: something follows its end"),
        ("more", "it is damaged, or not all of it is there: something follows its end"),
        ("point", "something follows its end"),
        ("pipe", "it is a pipe or a device; a backup is a regular file, for it is read more than once"),
        ("/dev/zero", "it is a pipe or a device; a backup is a regular file, for it is read more than once"),
    ):
        for command in (["backup", "verify", name], ["restore", name, "--yes"], ["restore", name, "--dry-run"]):
            code, out, err = hub(shop, *command)
            assert (code, out) == (1, "")
            assert err.startswith(f"error: {name} cannot be read as a backup\ncause: "), err
            assert f"{cause}\n" in err
    assert shop.dump() == before


def test_with_a_key_nobody_reads_it_without(shop: Shop) -> None:
    before = shop.dump()
    _, out, _ = hub(shop, "backup", "create", "shop", key=KEY)
    [file] = shop.files
    assert "KB, encrypted): " in out
    assert b"shop" not in file.read_bytes()
    for key, cause in (
        ("", "the setting backup_key is not set"),
        (OTHER, "it was written with another key than backup_key"),
    ):
        for command in (["backup", "verify", str(file)], ["restore", str(file), "--yes"]):
            code, _, err = hub(shop, *command, key=key)
            assert code == 1
            assert f"cause: {cause}\n" in err
    shop.run("DELETE FROM shop_pair")
    assert hub(shop, "restore", str(file), "--yes", key=f"{OTHER},{KEY}")[0] == 0
    assert shop.dump() == before
    assert "archive, encrypted" in hub(shop, "backup", "list", key=KEY)[1]


def test_a_recovery_point_is_verified_too(shop: Shop) -> None:
    shop.install("2.0", FIRST, SECOND)
    assert shop.up().errors == ()
    [file] = shop.files
    code, out, _ = hub(shop, "backup", "verify", str(file), "--json")
    told = json.loads(out)
    assert (code, told["kind"], told["of"], told["bytes"]) == (0, "recovery point", "shop", file.stat().st_size)
    assert next(each for each in told["modules"] if each["name"] == "shop")["tables"]["shop_item"] == 8
    [listed] = json.loads(hub(shop, "backup", "list", "--json")[1])
    assert (listed["kind"], listed["of"], listed["version"], listed["revision"]) == (
        "recovery point",
        "shop",
        "1.0",
        "shop_1",
    )


@pytest.mark.parametrize("key", ["x", b64encode(bytes(31)).decode(), f"{KEY},short"])
def test_what_is_no_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("HUB_BACKUP_KEY", key)
    with pytest.raises(SettingsInvalid, match="backup_key"):
        read_settings(tmp_path)


def test_a_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BACKUP_KEY", f"{KEY}, {OTHER}")
    settings = read_settings(tmp_path)
    assert settings.backup_keys == (bytes([1] * 32), bytes([2] * 32))
    assert KEY not in repr(settings)


def test_a_restore_is_looked_at_before_and_making_an_archive_is_written_down(shop: Shop) -> None:
    before = shop.dump()
    _, out, _ = hub(shop, "backup", "create", "--output", "all", "--json")
    shop.run("DELETE FROM shop_pair")
    changed = shop.dump()
    code, out, _ = hub(shop, "restore", "all", "--dry-run")
    assert (code, "put the whole hub, registry and modules, back as it was on" in out) == (0, True)
    assert "who may sign in" in out
    code, out, _ = hub(shop, "restore", "all", "--module", "shop", "--dry-run", "--json")
    (step,) = json.loads(out)["steps"]
    assert (code, step["kind"], step["module"]) == (0, "restore", "shop")
    assert "23 rows in 4 tables" in step["text"]
    assert hub(shop, "restore", "all", "--module", "nobody", "--dry-run")[0] == 1
    assert shop.dump() == changed != before
    _, out, _ = hub(shop, "audit", "--json")
    assert ("backup", "done", ["hub", "cart", "shop"]) in [
        (row["action"], row["outcome"], row["modules"]) for row in json.loads(out)
    ]
    code, _, err = hub(shop, "rollback", "shop")
    assert (code, err.splitlines()[0]) == (1, "error: no upgrade of shop is in the history that could be taken back")


def test_what_restores_keep_goes_as_backups_kept_says_and_what_is_restored_stays(shop: Shop) -> None:
    (shop.folder / "hub.toml").write_text((shop.folder / "hub.toml").read_text() + "\n[hub]\nbackups_kept = 2\n")
    assert hub(shop, "backup", "create")[0] == 0
    [made] = shop.files
    for _ in range(4):
        code, _, err = hub(shop, "restore", str(made), "--yes")
        assert code == 0, err
    assert made in shop.files
    assert len(shop.files) == 3, "the two newest, and the one that was read"


def test_a_folder_that_is_not_there_is_named(shop: Shop) -> None:
    code, _, err = hub(shop, "backup", "create", "--output", "/nowhere at all/file")
    assert code == 1
    assert err == (
        "error: the backup of hub could not be written to /nowhere at all/file\n"
        "cause: there is no folder /nowhere at all; its tables are as they were\n"
        "remedy: Create it: mkdir -p '/nowhere at all'; or name another file\n"
    )


def test_what_only_has_the_name_of_a_backup_hides_none(shop: Shop) -> None:
    assert hub(shop, "backup", "create")[0] == 0
    [made] = shop.files
    (made.parent / "hub-99999999T999999.999999Z.hubbackup").touch()
    (made.parent / "hub-20260101T000000.000000Z.hubbackup").mkdir()
    (made.parent / "shop-1.0-shop_1-20260101T000000.000000Z.db").symlink_to("nowhere")
    code, out, err = hub(shop, "backup", "list", "--json")
    assert (code, [Path(each["path"]) for each in json.loads(out)]) == (0, [made]), err


@pytest.mark.parametrize("names", [(), ("shop",), ("cart", "shop")])
def test_where_no_hub_is_the_plan_is_shown_and_nothing_is_made_before_somebody_agrees(
    shop: Shop, elsewhere: Shop, names: tuple[str, ...]
) -> None:
    shop.run("UPDATE shop_item SET price = 0.5")  # what SQLite keeps, too
    before = shop.dump()["shop_item"]
    assert hub(shop, "backup", "create", *names, "--output", "file")[0] == 0
    file = str(shop.folder / "file")
    code, looked, err = hub(elsewhere, "restore", file, "--dry-run")
    assert (code, err) == (0, "")
    assert "put " in looked
    code, out, err = hub(elsewhere, "restore", file)
    assert (code, "nobody can agree" in err) == (2, True), err
    assert out == "plan:\n" + "".join(f"  {line}\n" for line in looked.splitlines())
    assert [*elsewhere.folder.iterdir()] == []
    if elsewhere.url.kind == "postgresql":
        assert elsewhere.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    code, out, err = hub(elsewhere, "restore", file, "--yes")
    assert code == 0, err
    assert out.count("plan:") == 1, "an agreement to the same plan holds"
    assert elsewhere.ask("SELECT count(*) FROM shop_item") == [(len(before),)]


def test_a_module_that_nobody_wants_comes_back_disabled_and_the_plan_says_how_to_enable_it(shop: Shop) -> None:
    hub(shop, "backup", "create", "cart", "--output", "mine")
    (shop.folder / "hub.toml").write_text("[modules.shop]\n[modules.cart]\n")
    gone = ("uninstall", "cart", "--purge", "--keep-package", "--no-backup", "--yes")
    assert hub(shop, *gone)[0] == 0
    told = (
        "nothing of cart is here now; it comes back disabled, as nobody here wants it; afterwards run: hub enable cart"
    )
    for more in ("--dry-run", "--yes"):
        code, out, err = hub(shop, "restore", "mine", more)
        assert (code, f"{told}\n" in out) == (0, True), (out, err)
    assert shop.ask("SELECT state FROM hub_module WHERE name = 'cart'") == [("disabled",)]
    assert hub(shop, "enable", "cart", "--yes")[0] == 0
    assert shop.ask("SELECT state FROM hub_module WHERE name = 'cart'") == [("enabled",)]
    assert shop.ask("SELECT text FROM cart_line") == [("of another module",)]
    assert hub(shop, *gone)[0] == 0
    with (shop.folder / "hub.toml").open("a") as document:
        document.write("[modules.cart]\nenabled = true\n")
    code, out, err = hub(shop, "restore", "mine", "--yes")
    assert (code, "cart is here now; it comes back enabled, as hub.toml" in out) == (0, True), (out, err)
    assert shop.ask("SELECT state FROM hub_module WHERE name = 'cart'") == [("enabled",)]


def test_of_several_modules_each_comes_back_as_it_is_wanted(shop: Shop) -> None:
    hub(shop, "backup", "create", "cart", "shop", "--output", "both")
    assert hub(shop, "uninstall", "cart", "--purge", "--keep-package", "--no-backup", "--yes")[0] == 0
    code, out, err = hub(shop, "restore", "both", "--yes")
    assert (code, "nothing of cart is here now; it comes back disabled" in out) == (0, True), (out, err)
    assert "nothing of shop" not in out
    assert shop.ask("SELECT name, state FROM hub_module ORDER BY 1") == [("cart", "disabled"), ("shop", "enabled")]


@pytest.mark.parametrize("names", [(), ("shop",)])
def test_a_hub_that_serves_takes_an_older_release_up_again_as_the_plan_says(shop: Shop, names: tuple[str, ...]) -> None:
    hub(shop, "backup", "create", *names, "--output", "file")
    shop.install("2.0", FIRST, SECOND)
    routes = shop.samples.site / "sample_shop" / "routes" / "api"
    routes.mkdir(parents=True)
    (routes / "items.py").write_text(SERVES)
    with serving(shop.folder, path=shop.samples.site, variables={"HUB_DATABASE_URL": shop.database_url}) as process:

        def eventually(status: int) -> None:
            until = time.monotonic() + 30
            with process.client() as client:
                while (now := client.get("/api/v1/shop/open").status_code) != status:
                    assert time.monotonic() < until, now
                    time.sleep(0.2)

        eventually(200)
        code, out, err = hub(shop, "restore", "file", "--yes")
        told = "a hub that serves answers 503 for shop until it is migrated; while it serves run: hub enable shop\n"
        assert (code, told in out) == (0, True), (out, err)
        eventually(503)
        code, _, err = hub(shop, "enable", "shop", "--yes")
        assert code == 0, err
        eventually(200)


SERVES = """
from fastapi import APIRouter
from hub_hookspecs.web import public

router = APIRouter(dependencies=[public()])


@router.get("/open")
async def open_() -> str:
    return "yes"
"""


def test_the_registry_is_no_module_to_be_restored_alone(shop: Shop) -> None:
    hub(shop, "backup", "create", "--output", "all")
    code, _, err = hub(shop, "restore", "all", "--module", "hub", "--yes")
    assert (code, err.splitlines()[1:]) == (
        1,
        [
            "cause: the hub itself is no module; it holds cart, shop",
            "remedy: Name one of these with --module, or none, to restore all that is in it",
        ],
    )
