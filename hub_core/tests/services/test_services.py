"""Services: one module offers a Protocol, others use it, in the transaction of the one that was called."""

from pathlib import Path
from typing import Protocol

import pytest

from hub_core.services import ServiceTaken
from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, only, sample_hub
from hub_core.tests.sample_modules import SampleModules

INTERFACE = """
    from typing import Protocol
    class Stock(Protocol):
        async def take(self, number: int) -> str: ...
"""
PROVIDER = """
    from hub_hookspecs import current_session, hookimpl
    from hub_hookspecs.host import call
    from sample_stock.interface import Stock

    class Shelf:
        async def take(self, number: int) -> str:
            from sample_stock.models import Taken
            current_session().add(Taken(id=number))
            await current_session().flush()
            return call().principal.id

    @hookimpl
    def hub_services():
        {before}
        return {{Stock: lambda context: {make}}}
"""
MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    class Base(DeclarativeBase):
        metadata = module_metadata("{module}")
    class Taken(Base):
        __tablename__ = "{module}_taken"
        id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = """
    import sqlalchemy as sa
    from alembic import op
    revision = "{module}_0001"
    down_revision = None
    def upgrade() -> None:
        op.create_table("{module}_taken", sa.Column("id", sa.Integer, primary_key=True))
"""
CALLER = """
    from fastapi import APIRouter
    from hub_hookspecs import Conflict, service
    from hub_hookspecs.web import Session, public
    from sample_shop.models import Taken
    from sample_stock.interface import Stock
    from sqlalchemy import text
    router = APIRouter(dependencies=[public()])

    @router.post("/orders/{number}")
    async def order(number: int, session: Session, how: str = "well") -> str:
        session.add(Taken(id=number))
        by = await service(Stock).take(number)
        if how == "conflict":
            raise Conflict("no")
        if how == "bug":
            raise ZeroDivisionError
        return by

    @router.get("/counted")
    async def counted(session: Session) -> list[int]:
        return [await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("shop_taken", "stock_taken")]
"""


def provider(before: str = "pass", make: str = "Shelf()", init: str = "") -> dict[str, str]:
    return {"interface.py": INTERFACE, "__init__.py": PROVIDER.format(before=before, make=make) + init}


def tables(module: str) -> dict[str, str]:
    return {
        "models/__init__.py": MODELS.format(module=module),
        f"migrations/versions/{module}_0001.py": REVISION.format(module=module),
    }


@pytest.fixture
def stock_and_shop(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("stock", {**provider(), **tables("stock")})
    samples.install("shop", {"routes/api/orders.py": CALLER, **tables("shop")}, requires=("sample-stock",))
    only(tmp_path, "shop", "stock")


async def test_a_service_writes_in_the_transaction_of_its_caller_and_for_its_principal(
    stock_and_shop: None, hub: RunningHub
) -> None:
    answer = await hub.as_principal(name="ada").post("/api/v1/shop/orders/1")
    assert answer.status_code == 200, answer.text
    assert answer.json().startswith("ada-")
    assert (await hub.client.get("/api/v1/shop/counted")).json() == [1, 1]
    for how, status in (("conflict", 409), ("bug", 500)):
        assert (await hub.client.post(f"/api/v1/shop/orders/2?how={how}")).status_code == status
        assert (await hub.client.get("/api/v1/shop/counted")).json() == [1, 1]
    async with hub.inner.database.session() as session:
        from sqlalchemy import text

        await session.execute(text("INSERT INTO stock_taken VALUES (7)"))
    assert (await hub.client.post("/api/v1/shop/orders/7")).status_code == 409
    assert (await hub.client.get("/api/v1/shop/counted")).json() == [1, 2]


@pytest.mark.parametrize(
    ("files", "phase"),
    [
        (provider(make="1 / 0"), "services"),
        (provider(before="raise OSError"), "services"),
        (provider(before="import sys; sys.exit(2)"), "services"),
        (
            provider(
                init="\n    @hookimpl\n    async def hub_lifespan(context):\n        raise OSError\n        yield\n"
            ),
            "start",
        ),
    ],
    ids=["factory raises", "hook raises", "hook exits", "does not start"],
)
async def test_a_service_of_a_module_that_is_down_is_answered_with_503(
    tmp_path: Path, files: dict[str, str], phase: str
) -> None:
    modules = {
        "stock": Sample({**files, **tables("stock")}),
        "shop": Sample({"routes/api/o.py": CALLER, **tables("shop")}),
    }
    async with sample_hub(tmp_path, modules) as hub:
        assert hub.inner.failures()["stock"].reason.code == f"failed_{phase}"
        answer = await hub.client.post("/api/v1/shop/orders/1")
        assert answer.status_code == 503
        assert answer.json()["code"] == "service_unavailable"
        assert answer.json()["detail"] == "no running module offers Stock"


async def test_of_two_modules_that_offer_one_protocol_the_first_in_load_order_keeps_it(tmp_path: Path) -> None:
    second = PROVIDER.format(before="pass", make="Shelf()")
    modules = {
        "stock": Sample({**provider(), **tables("stock")}),
        "warehouse": Sample({"__init__.py": second}, requires=("sample-stock",)),
        "shop": Sample({"routes/api/o.py": CALLER, **tables("shop")}),
    }
    async with sample_hub(tmp_path, modules) as hub:
        failure = hub.inner.modules["warehouse"].failure
        assert failure is not None
        assert failure.phase == "services"
        assert "warehouse offers sample_stock.interface.Stock, which stock offers already" in str(failure)
        assert (await hub.client.post("/api/v1/shop/orders/1")).status_code == 200


class Stock(Protocol):
    pass


def test_the_text_of_a_taken_service() -> None:
    assert str(ServiceTaken(Stock, "stock", "warehouse")) == (
        f"warehouse offers {Stock.__module__}.Stock, which stock offers already\nremedy: Disable stock or warehouse"
    )
