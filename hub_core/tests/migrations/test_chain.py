"""The chain of revisions is read without running any of it, and every fault names its files."""

from pathlib import Path

import pytest

from hub_core.migrations import MigrationsInvalid, MigrationSource, heads

HEAD = "revision = {revision!r}\ndown_revision = {follows!r}\n"


@pytest.fixture
def source(tmp_path: Path) -> MigrationSource:
    return MigrationSource(module="shop", folder=tmp_path, table_prefix="shop_")


def write(source: MigrationSource, name: str, revision: object, follows: object = None) -> None:
    (source.folder / name).write_text(HEAD.format(revision=revision, follows=follows))


def faults(source: MigrationSource) -> tuple[str, ...]:
    with pytest.raises(MigrationsInvalid) as raised:
        heads(source)
    return raised.value.faults


def test_the_newest_revision_is_found_without_running_a_file(source: MigrationSource) -> None:
    write(source, "one.py", "a")
    (source.folder / "two.py").write_text("revision: str = 'b'\ndown_revision: str | None = 'a'\nraise SystemExit\n")
    (source.folder / "__init__.py").write_text("")
    (source.folder / "notes.txt").write_text("")
    assert heads(source) == ("b",)


def test_a_folder_without_revisions_has_no_newest_one(source: MigrationSource) -> None:
    assert heads(source) == ()


def test_a_merge_of_two_branches_is_one_head(source: MigrationSource) -> None:
    write(source, "1.py", "a")
    write(source, "2.py", "b", "a")
    write(source, "3.py", "c", "a")
    write(source, "4.py", "d", ("b", "c"))
    assert heads(source) == ("d",)


def test_two_heads_are_refused_naming_their_files(source: MigrationSource) -> None:
    write(source, "1.py", "a")
    write(source, "2.py", "b", "a")
    write(source, "3.py", "c", "a")
    with pytest.raises(MigrationsInvalid) as raised:
        heads(source)
    assert str(raised.value) == (
        "the migrations of shop are not one chain\n"
        "cause: 2.py and 3.py are 2 heads; one must follow the other\n"
        f"remedy: Install a release of shop whose revisions follow one another, or correct {source.folder}"
    )
    assert (raised.value.code, raised.value.module) == ("migrations_invalid", "shop")


def test_one_id_in_two_files_is_refused(source: MigrationSource) -> None:
    write(source, "1.py", "a")
    write(source, "2.py", "a")
    assert "1.py and 2.py have the same revision 'a'" in faults(source)


def test_a_missing_predecessor_is_named(source: MigrationSource) -> None:
    write(source, "2.py", "b", "a")
    assert faults(source) == ("2.py follows 'a', which no file has",)


def test_a_dependency_on_what_no_file_has_is_shown(source: MigrationSource) -> None:
    write(source, "1.py", "a")
    write(source, "2.py", "b", "a")
    for said in ("('laba_0001',)", "'laba_0001'", "['a', 'laba_0001']"):
        (source.folder / "2.py").write_text(f"revision = 'b'\ndown_revision = 'a'\ndepends_on = {said}\n")
        assert faults(source) == ("2.py depends on 'laba_0001', which no file has",)


def test_a_dependency_inside_the_module_is_fine(source: MigrationSource) -> None:
    (source.folder / "1.py").write_text("revision = 'a'\ndown_revision = None\nbranch_labels = 'first'\n")
    for said in ("None", "'a'", "('a', 'first')"):
        (source.folder / "2.py").write_text(f"revision = 'b'\ndown_revision = 'a'\ndepends_on = {said}\n")
        assert heads(source) == ("b",)


def test_dependencies_in_a_circle_are_shown(source: MigrationSource) -> None:
    (source.folder / "1.py").write_text("revision = 'a'\ndown_revision = None\ndepends_on = 'b'\n")
    write(source, "2.py", "b", "a")
    (fault,) = faults(source)
    assert fault.startswith("revisions follow one another in a circle: ")


def test_a_circle_is_shown(source: MigrationSource) -> None:
    write(source, "1.py", "a", "b")
    write(source, "2.py", "b", "a")
    write(source, "3.py", "c")
    (fault,) = faults(source)
    assert fault in (
        "revisions follow one another in a circle: a → b → a",
        "revisions follow one another in a circle: b → a → b",
    )


def test_every_unreadable_file_is_named_at_once(source: MigrationSource) -> None:
    (source.folder / "1.py").write_text("revision = ")
    (source.folder / "2.py").write_text("down_revision = None")
    (source.folder / "3.py").write_text("revision = make_one()")
    (source.folder / "4.py").write_text("revision = 'a'\ndown_revision = 7")
    (source.folder / "5.py").write_text("revision = 'a'\ndown_revision = ('b', 7)")
    (source.folder / "6.py").write_bytes(b"\xff\xfe")
    said = faults(source)
    assert len(said) == 6
    assert said[0].startswith("1.py: invalid syntax")
    assert said[1:5] == (
        "2.py: `revision` is not a plain text",
        "3.py: `revision` is computed; it must be a plain text",
        "4.py: `down_revision` is neither a plain text nor None",
        "5.py: `down_revision` is neither a plain text nor None",
    )
    assert said[5].startswith("6.py: ")
