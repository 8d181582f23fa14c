"""Expected failures of billing_reminders."""

from datetime import date

from hub_hookspecs import Conflict


class InvoiceNotOverdue(Conflict):
    """Nobody is reminded of what they need not pay yet, or any more."""

    code = "invoice_not_overdue"

    def __init__(self, invoice: str, status: str, due_on: date | None) -> None:
        since = f" and due on {due_on}" if due_on else ""
        super().__init__(f"{invoice} is {status}{since}; only issued invoices past their due date are reminded of")


class HighestLevelReached(Conflict):
    """The last reminder was sent already."""

    code = "highest_level_reached"

    def __init__(self, invoice: str, level: int) -> None:
        super().__init__(f"{invoice} was reminded of {level} times, the most that highest_level in the settings allows")
