"""Invoice numbers without gaps: drawn at issue, in the transaction that issues.

One statement raises the counter and locks its row until that transaction ends. The next one waits; if the first rolls
back, the number goes back with it. A database sequence would lose it, and ``max(number) + 1`` would hand it out twice.
"""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ..models import NumberSeries


async def draw_number(session: AsyncSession, *, tenant_id: str, prefix: str, year: int) -> str:
    """Draw the next number of the series: ``INV-2026-00001``."""
    dialect = (await session.connection()).dialect.name
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    draw = (
        insert(NumberSeries)
        .values(tenant_id=tenant_id, prefix=prefix, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=[NumberSeries.tenant_id, NumberSeries.prefix, NumberSeries.year],
            set_={"last_number": NumberSeries.last_number + 1},
        )
        .returning(NumberSeries.last_number)
    )
    drawn: int = (await session.execute(draw)).scalar_one()
    return f"{prefix}{year}-{drawn:05d}"
