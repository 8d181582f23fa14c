"""The merged OpenAPI document: valid, namespaced, with the permissions it takes."""

import pytest
from openapi_spec_validator import validate

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
    from fastapi import APIRouter
    from pydantic import BaseModel
    from hub_hookspecs.web import public, requires

    router = APIRouter(tags=["items"])

    class Item(BaseModel):
        {field}: str
        parts: "list[Item]"

    @router.post("/items", dependencies=[{guard}])
    async def add_item(item: Item) -> str:
        return ""
"""


@pytest.fixture(autouse=True)
def two_modules_with_an_item_each(samples: SampleModules) -> None:
    manifest = '[[permissions]]\nname = "shop.item.write"\ntitle = "Write"\n'
    guard = 'requires("shop.item.write")'
    samples.install("shop", {"routes/api/items.py": ROUTES.format(field="price", guard=guard)}, manifest=manifest)
    samples.install("wiki", {"routes/api/items.py": ROUTES.format(field="text", guard="public()")})


async def test_the_document_is_valid_and_keeps_the_schemas_of_modules_apart(hub: RunningHub) -> None:
    document = (await hub.client.get("/openapi.json")).json()
    validate(document)
    schemas = document["components"]["schemas"]
    assert "price" in schemas["shop.Item"]["properties"]
    assert "text" in schemas["wiki.Item"]["properties"]
    assert schemas["wiki.Item"]["properties"]["parts"]["items"] == {"$ref": "#/components/schemas/wiki.Item"}
    assert all(name == "Problem" or name.count(".") for name in schemas)


async def test_operations_say_their_module_their_permission_and_how_errors_look(hub: RunningHub) -> None:
    paths = (await hub.client.get("/openapi.json")).json()["paths"]
    guarded, public = paths["/api/v1/shop/items"]["post"], paths["/api/v1/wiki/items"]["post"]
    assert guarded["operationId"] == "shop.add_item"
    assert guarded["tags"] == ["Shop: items"]
    assert guarded["security"] == [{"token": []}]
    assert guarded["x-permissions"] == ["shop.item.write"]
    assert "security" not in public
    assert set(guarded["responses"]) == {"200", "default"}
    assert "application/problem+json" in guarded["responses"]["default"]["content"]


async def test_operation_ids_are_unique(hub: RunningHub) -> None:
    document = (await hub.client.get("/openapi.json")).json()
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
