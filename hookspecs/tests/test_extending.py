"""What the contract offers to modules that extend others, without a hub around it."""

from uuid import UUID

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse, StreamingResponse
from hub_hookspecs import ModelExtension, OutsideHub, RouteOverride, uuid7
from hub_hookspecs.database import module_metadata
from hub_hookspecs.extensible import Extensible, load_extensions
from hub_hookspecs.web import with_fields
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("shop")


class Item(Extensible, Base):
    __tablename__ = "shop_item"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


class Stars(BaseModel):
    stars: int
    seen_by: str | None = Field(default=None, serialization_alias="seenBy")


def test_fields_are_added_behind_what_the_answer_says() -> None:
    answer = JSONResponse({"name": "lámp", "price": 1.50}, status_code=201, headers={"etag": '"1"'})
    before = answer.body
    changed = with_fields(answer, Stars(stars=3))
    assert changed is answer
    assert changed.body == bytes(before)[:-1] + b',"stars":3,"seenBy":null}'
    assert changed.headers["content-length"] == str(len(changed.body))
    assert (changed.status_code, changed.headers["etag"]) == (201, '"1"')


def test_an_empty_object_gets_the_fields_alone() -> None:
    assert with_fields(JSONResponse({}), Stars(stars=3)).body == b'{"stars":3,"seenBy":null}'


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (JSONResponse({"stars": 1}), "the answer has stars already"),
        (JSONResponse([1]), "fields cannot be added to an answer that is a list"),
        (Response(b""), "Expecting value"),
        (StreamingResponse(iter([b"{}"])), "Expecting value"),
    ],
)
def test_what_is_no_object_or_has_the_field_is_refused(answer: Response, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        with_fields(answer, Stars(stars=3))


async def test_outside_the_hub_no_module_extends_anything() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        item = Item()
        session.add(item)
        await load_extensions(item)
        assert list(item.extensions) == []
        with pytest.raises(AttributeError, match="stars adds no field to Item at the moment"):
            _ = item.extensions.stars
    await engine.dispose()
    with pytest.raises(OutsideHub, match="load_extensions"):
        await load_extensions(Item())


def test_the_values_are_frozen_and_named() -> None:
    async def wrap(request: object, call_next: object) -> Response:
        return Response()

    assert RouteOverride(route="shop:show_item", wrap=wrap).adds is None
    with pytest.raises(AttributeError):
        ModelExtension(target="shop.Item", model=Item, key="id").key = "other"  # type: ignore[misc]
