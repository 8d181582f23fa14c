"""What billing does when it is installed and upgraded, in that very transaction."""

from datetime import UTC, date, datetime
from typing import Final

from hub_hookspecs import ChangeRefused
from hub_hookspecs.database import DEFAULT_TENANT
from sqlalchemy import Connection, Dialect, func, insert, select

from .config import Settings
from .models import Invoice, InvoiceLine, InvoiceStatus, NumberSeries

_RETURNING: Final = (3, 35)
"""The first SQLite that draws an invoice number in one statement: INSERT … ON CONFLICT … RETURNING."""
_NAMED_MOST: Final = 5


def refuse_old_sqlite(dialect: Dialect) -> None:
    """Numbers could not be drawn on it, which nobody would see before the first invoice is issued."""
    version = getattr(dialect, "server_version_info", None) or _RETURNING
    if dialect.name == "sqlite" and tuple(version) < _RETURNING:
        raise ChangeRefused(
            f"billing needs SQLite {'.'.join(map(str, _RETURNING))} or newer, and this Python has {'.'.join(map(str, version))}",
            remedy="Run the hub with a Python that brings a newer SQLite, or on PostgreSQL",
        )


def continue_numbers(connection: Connection, settings: Settings, today: date | None = None) -> None:
    """Begin where another program ended: the first invoice of this year gets the number that the settings say."""
    if settings.first_number > 1:
        year = (today or datetime.now(UTC).date()).year
        series = {"tenant_id": DEFAULT_TENANT, "prefix": settings.invoice_prefix, "year": year}
        connection.execute(insert(NumberSeries).values(**series, last_number=settings.first_number - 1))


def check_invoices(connection: Connection) -> None:
    """Refuse an upgrade after which an invoice that was issued is not the sum of its lines."""
    sums = select(InvoiceLine.invoice_id, func.sum(InvoiceLine.net_minor).label("net")).group_by(InvoiceLine.invoice_id)
    lines = sums.subquery()
    differing = (
        select(Invoice.number)
        .outerjoin(lines, lines.c.invoice_id == Invoice.id)
        .where(Invoice.status != InvoiceStatus.DRAFT, Invoice.net_minor != func.coalesce(lines.c.net, 0))
        .order_by(Invoice.number)
    )
    if wrong := [str(number) for number in connection.scalars(differing)]:
        more = f" and {len(wrong) - _NAMED_MOST} more" if len(wrong) > _NAMED_MOST else ""
        raise ChangeRefused(
            f"the upgrade would leave invoices that are not the sum of their lines: {', '.join(wrong[:_NAMED_MOST])}{more}",
            remedy="Stay with the release that is recorded, and report this to whoever makes billing",
        )
