"""Fields of one module on the rows of another: read in one query more, written with their owner, gone with their module."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hub_hookspecs import OutsideHub
from hub_hookspecs.extensible import ExtensionsNotLoaded, load_extensions
from sqlalchemy import bindparam, delete, event, func, select, text

from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.extending_modules import MODELS, SHOP, TABLES, extender
from hub_core.tests.sample_hub import Sample, only
from hub_core.tests.sample_modules import SampleModules

EACH = [{"gone": "item 000"}, {"gone": "item 002"}]
CLOSED = 'op.create_table("shop_closed", sa.Column("id", sa.Uuid, primary_key=True))'
HELD = 'sa.Column("closed_id", sa.Uuid, sa.ForeignKey("shop_closed.id", name="fk_closed", ondelete="CASCADE")), '
CASCADING = Sample(
    files={
        **SHOP.files,
        "models/__init__.py": MODELS.replace(
            "        name: Mapped[str]",
            '        name: Mapped[str]\n        closed_id: Mapped[UUID | None] = mapped_column(ForeignKey("shop_closed.id", ondelete="CASCADE"))',
        ).replace("from sqlalchemy.orm", "from sqlalchemy import ForeignKey\n    from sqlalchemy.orm"),
        "migrations/versions/shop_1.py": TABLES.replace(CLOSED, "").replace(
            'op.create_table("shop_item", ', f'{CLOSED}\n        op.create_table("shop_item", {HELD}'
        ),
    },
    manifest=SHOP.manifest,
)
"""The shop, whose items the database deletes with what holds them."""

Start = Callable[..., AbstractAsyncContextManager[RunningHub]]


@pytest.fixture
def start(samples: SampleModules, database_url: str, tmp_path: Path) -> Start:
    """Run a hub with the shop and these modules beside it."""

    @asynccontextmanager
    async def hub(**modules: Sample) -> AsyncIterator[RunningHub]:
        modules = {"shop": SHOP, **modules}
        for name, sample in modules.items():
            samples.install(name, sample.files, manifest=sample.manifest, requires=sample.requires)
        only(tmp_path, *modules)
        async with running_hub(tmp_path, database_url, {}) as running:
            yield running

    return hub


@contextmanager
def statements(hub: RunningHub) -> Iterator[list[str]]:
    """Every statement that this hub's database gets in the block."""
    seen: list[str] = []

    def saw(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    engine = hub.inner.database.reading.sync_engine
    event.listen(engine, "before_cursor_execute", saw)
    writing = hub.inner.database.writing.sync_engine
    event.listen(writing, "before_cursor_execute", saw)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", saw)
        event.remove(writing, "before_cursor_execute", saw)


def item() -> Any:
    import sample_shop.models  # type: ignore[import-not-found]

    return sample_shop.models.Item


def fields_of(name: str) -> Any:
    from importlib import import_module

    return import_module(f"sample_{name}.models").Fields


async def stored(hub: RunningHub, count: int) -> None:
    async with hub.inner.database.session() as session:
        session.add_all(item()(name=f"item {number:03}") for number in range(count))


async def count(hub: RunningHub, model: Any) -> int:
    async with hub.inner.database.session() as session:
        return int(await session.scalar(select(func.count()).select_from(model)) or 0)


@pytest.mark.parametrize("rows", [1, 100])
async def test_however_many_rows_each_module_costs_one_query(start: Start, rows: int) -> None:
    async with start(stars=extender("stars"), notes_too=extender("notes_too")) as hub:
        await stored(hub, rows)
        async with hub.inner.database.read_sessions() as session:
            with statements(hub) as selects:
                items = (await session.scalars(select(item()))).all()
                assert len(selects) == 1, "who does not ask for them pays nothing"
                for each in items:  # one by one, as people write it
                    await load_extensions(each)
                    assert [getattr(each.extensions, name).stars for name in each.extensions] == [0, 0]
                assert len(selects) == 1 + 2, selects
        assert len(items) == rows


async def test_what_is_set_is_stored_with_the_owner_or_not_at_all(start: Start) -> None:
    async with start(stars=extender("stars")) as hub:
        await stored(hub, 2)
        async with hub.inner.database.session() as session:
            first, second = (await session.scalars(select(item()).order_by(item().name))).all()
            new = item()(name="new")
            session.add(new)
            await load_extensions(first, second, new)
            first.extensions.stars.stars += 1
            assert first.extensions.stars.stars == 1
            new.extensions.of(fields_of("stars")).note = "fresh"
            assert new.extensions.stars.stars == 0
        async with hub.inner.database.session() as session:
            items = {each.name: each for each in await session.scalars(select(item()))}
            await load_extensions(*items.values())
            told = {name: (each.extensions.stars.stars, each.extensions.stars.note) for name, each in items.items()}
            items["item 001"].extensions.stars.stars = 5
            await session.rollback()
        assert told == {"item 000": (1, None), "item 001": (0, None), "new": (0, "fresh")}
        async with hub.inner.database.read_sessions() as session:
            second = (await session.scalars(select(item()).where(item().name == "item 001"))).one()
            await load_extensions(second)
            assert second.extensions.stars.stars == 0
        assert await count(hub, fields_of("stars")) == 2


async def test_a_row_taken_back_is_read_again(start: Start) -> None:
    async with start(stars=extender("stars")) as hub:
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            await load_extensions(one)
            one.extensions.stars.stars = 3
            await session.rollback()
            with pytest.raises(ExtensionsNotLoaded):
                _ = one.extensions.stars.stars
            await session.refresh(one)
            await load_extensions(one)
            assert one.extensions.stars.stars == 0


@pytest.mark.parametrize("way", ["one by one", "many at once", "returning", "of the table", "all", "all of the table"])
async def test_who_deletes_an_owner_deletes_its_fields(start: Start, way: str) -> None:
    async with start(stars=extender("stars")) as hub:
        await stored(hub, 3)
        async with hub.inner.database.session() as session:
            items = (await session.scalars(select(item()))).all()
            await load_extensions(*items)
            for each in items:
                each.extensions.stars.stars = 1
        async with hub.inner.database.session() as session:
            if way == "one by one":
                for each in await session.scalars(select(item()).where(item().name != "item 001")):
                    await load_extensions(each)
                    each.extensions.stars.note = "changed and deleted at once"
                    await session.delete(each)
            elif way == "many at once":
                await session.execute(delete(item()).where(item().name != "item 001"))
            elif way == "returning":
                gone = delete(item()).where(item().name != "item 001").returning(item().name)
                assert {*await session.scalars(gone)} == {"item 000", "item 002"}
            elif way == "of the table":
                table = item().__table__
                await session.execute(delete(table).where(table.c.name == bindparam("gone")), EACH)
            else:
                await session.execute(delete(item().__table__ if "table" in way else item()))
        assert await count(hub, item()) == await count(hub, fields_of("stars")) == (0 if "all" in way else 1)


@pytest.mark.parametrize("way", ["SQL as text", "on the connection", "ON DELETE CASCADE"])
async def test_what_the_session_does_not_see_leaves_fields_that_no_row_comes_by(start: Start, way: str) -> None:
    async with start(shop=CASCADING, stars=extender("stars")) as hub:
        import sample_shop.models

        async with hub.inner.database.session() as session:
            session.add(holder := sample_shop.models.Closed())
            await session.flush()
            session.add(one := item()(name="one", closed_id=holder.id))
            await load_extensions(one)
            one.extensions.stars.stars = 1
        async with hub.inner.database.session() as session:
            if way == "SQL as text":
                await session.execute(text("DELETE FROM shop_item"))
            elif way == "on the connection":
                await (await session.connection()).execute(delete(item().__table__))
            else:
                await session.delete((await session.scalars(select(sample_shop.models.Closed))).one())
        assert (await count(hub, item()), await count(hub, fields_of("stars"))) == (0, 1)
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            other = (await session.scalars(select(item()))).one()
            await load_extensions(other)
            assert other.extensions.stars.stars == 0


async def test_deleting_is_undone_with_its_transaction(start: Start) -> None:
    async with start(stars=extender("stars")) as hub:
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            await load_extensions(one)
            one.extensions.stars.stars = 4
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            await load_extensions(one)
            await session.delete(one)
            await session.flush()
            await session.rollback()
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            await load_extensions(one)
            assert one.extensions.stars.stars == 4


FAILS = "\n@hookimpl\nasync def hub_lifespan(context):\n    raise RuntimeError('not today')\n    yield\n"


async def test_rows_load_as_if_a_module_that_failed_were_not_there(start: Start) -> None:
    async with start(stars=extender("stars"), tired=extender("tired", extra=FAILS)) as hub:
        assert hub.inner.modules["tired"].failure is not None
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            with statements(hub) as selects:
                await load_extensions(one)
            assert list(one.extensions) == ["stars"]
            assert not hasattr(one.extensions, "tired")
            assert len(selects) == 1
            assert [statement for statement in selects if "tired" in statement] == []


async def test_without_extending_modules_nothing_is_asked(start: Start) -> None:
    async with start() as hub:
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            with statements(hub) as asked:
                await load_extensions(one)
                assert list(one.extensions) == []
                assert asked == []
                with pytest.raises(AttributeError, match="stars adds no field to Item at the moment"):
                    _ = one.extensions.stars
                await session.delete(one)
                await session.flush()
                assert [statement.partition(" WHERE")[0] for statement in asked] == ["DELETE FROM shop_item"]


async def test_what_was_not_read_is_not_told(start: Start) -> None:
    async with start(stars=extender("stars", fields='"stars"')) as hub:
        await stored(hub, 1)
        async with hub.inner.database.session() as session:
            one = (await session.scalars(select(item()))).one()
            with pytest.raises(ExtensionsNotLoaded, match="the fields of stars on Item were not read"):
                _ = one.extensions.stars
            await load_extensions(one)
            with pytest.raises(AttributeError, match="stars adds no field note to Item"):
                _ = one.extensions.stars.note
        with pytest.raises(OutsideHub):
            await load_extensions(item()(name="of no session"))
