"""The service that billing offers to other modules, as ``interface.Invoices``."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from hub_hookspecs import ModuleContext, current_session
from sqlalchemy import select

from ..exceptions import InvoiceNotFound
from ..models import Invoice, InvoiceStatus


class InvoicesService:
    def __init__(self, context: ModuleContext) -> None:
        self._context = context

    async def find(self, invoice_id: UUID, *, lock: bool = False) -> Invoice:
        found = await current_session().get(Invoice, invoice_id, with_for_update=lock or None, populate_existing=lock)
        if found is None:
            raise InvoiceNotFound(invoice_id)
        return found

    async def find_all(self, invoice_ids: Sequence[UUID]) -> Sequence[Invoice]:
        rows = await current_session().scalars(select(Invoice).where(Invoice.id.in_(invoice_ids)))
        found = {row.id: row for row in rows}
        return [found[each] for each in invoice_ids if each in found]

    async def overdue(self, on: date, *, limit: int) -> Sequence[Invoice]:
        statement = select(Invoice).where(Invoice.status == InvoiceStatus.ISSUED, Invoice.due_on < on)
        return (await current_session().scalars(statement.order_by(Invoice.due_on, Invoice.id).limit(limit))).all()
