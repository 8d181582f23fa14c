"""What several routes take: the module's settings and the page of a list a caller asks for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from hub_hookspecs.web import module_settings

from .config import Settings
from .services.keyset import Keyset

BillingSettings = Annotated[Settings, Depends(module_settings)]


async def _keyset(
    limit: Annotated[int, Query(ge=1, le=200, description="How many to return at most")] = 50,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
) -> Keyset:
    return Keyset(limit=limit, after=after)


RequestedPage = Annotated[Keyset, Depends(_keyset)]
