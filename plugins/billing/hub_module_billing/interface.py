"""What other modules may import of billing: its invoices, as they stand.

Standard library and ``hub_hookspecs`` only, so that importing it costs nothing and pulls in nothing. Two names are promises too: the
model ``billing.Invoice``, which others extend, and the route ``billing:show_invoice``, which others wrap.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from hub_hookspecs.extensible import Extensions


class Invoice(Protocol):
    """One invoice. Amounts are in the minor unit of ``currency``; a draft has neither number nor dates."""

    @property
    def id(self) -> UUID: ...

    @property
    def number(self) -> str | None: ...

    @property
    def status(self) -> str:
        """``draft``, ``issued``, ``paid`` or ``void``."""

    @property
    def currency(self) -> str: ...

    @property
    def total_minor(self) -> int: ...

    @property
    def due_on(self) -> date | None: ...

    @property
    def called(self) -> str:
        """What messages call it."""

    @property
    def extensions(self) -> "Extensions":
        """What other modules added to it, after ``load_extensions``."""


class Invoices(Protocol):
    """The service of billing: ``hub_hookspecs.service(Invoices)``. It works in the caller's transaction."""

    async def find(self, invoice_id: UUID, *, lock: bool = False) -> Invoice:
        """One invoice; ``lock`` it to change what belongs to it, so that one of two callers waits.

        :raises NotFound: when there is none.
        """

    async def find_all(self, invoice_ids: Sequence[UUID]) -> Sequence[Invoice]:
        """Those of the invoices that are there, in the order that is given. One query."""

    async def overdue(self, on: date, *, limit: int) -> Sequence[Invoice]:
        """Issued invoices that were due before ``on``, the oldest first. One query."""
