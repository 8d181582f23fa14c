"""Everything a request to billing may be refused for; each says what is wrong with what, and what to do."""

from datetime import date
from uuid import UUID

from hub_hookspecs import Conflict, NotFound, Problem


class CustomerNotFound(NotFound):
    code = "customer_not_found"

    def __init__(self, customer: UUID) -> None:
        super().__init__(f"There is no customer {customer}; GET /api/v1/billing/customers lists them")


class PlanNotFound(NotFound):
    code = "plan_not_found"

    def __init__(self, plan: UUID) -> None:
        super().__init__(f"There is no plan {plan}; GET /api/v1/billing/plans lists them")


class SubscriptionNotFound(NotFound):
    code = "subscription_not_found"

    def __init__(self, subscription: UUID) -> None:
        super().__init__(f"There is no subscription {subscription}; GET /api/v1/billing/subscriptions lists them")


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"

    def __init__(self, invoice: UUID) -> None:
        super().__init__(f"There is no invoice {invoice}; GET /api/v1/billing/invoices lists them")


class AmountTooLarge(Problem):
    """Beyond 10**15 minor units, where JSON readers begin to lose digits."""

    status = 422
    code = "amount_too_large"

    def __init__(self, minor: int) -> None:
        super().__init__(
            f"{minor} minor units are more than an invoice can carry (10^15); lower quantities or prices, or split it"
        )


class InvoiceMoveIllegal(Conflict):
    """The invoice's status does not allow what was asked."""

    code = "invoice_move_illegal"

    def __init__(self, invoice: str, status: str, wish: str, allowed: tuple[str, ...]) -> None:
        moves = f"it can only become {' or '.join(allowed)}" if allowed else "that is final"
        super().__init__(
            f"{invoice} is {status} and cannot become {wish}: {moves}", status=status, allowed=list(allowed)
        )


class InvoiceNotDraft(Conflict):
    code = "invoice_not_draft"

    def __init__(self, invoice: str, status: str) -> None:
        super().__init__(
            f"{invoice} is {status} and its content is fixed; void it and draft another one instead", status=status
        )


class InvoiceEmpty(Conflict):
    code = "invoice_empty"

    def __init__(self, invoice: str) -> None:
        super().__init__(f"{invoice} has no lines; add at least one with PUT before issuing it")


class InvoiceTotalNegative(Conflict):
    code = "invoice_total_negative"

    def __init__(self, invoice: str, total: str) -> None:
        super().__init__(f"{invoice} adds up to {total}; credits may lower an invoice to zero, not below: remove some")


class PaymentOpen(Conflict):
    """Another payment of the same invoice has not ended."""

    code = "payment_open"

    def __init__(self, invoice: str, gateway: str) -> None:
        super().__init__(
            f"{invoice} is being paid through {gateway}; POST …/settle to learn how that ended before trying another gateway",
            gateway=gateway,
        )


class PaymentSucceeded(Conflict):
    """The money arrived while somebody wanted to void the invoice."""

    code = "payment_succeeded"

    def __init__(self, invoice: str) -> None:
        super().__init__(f"{invoice} cannot be voided, its payment has succeeded; POST …/settle to mark it paid")


class PaymentMissing(Conflict):
    """Payments no longer knows an intent that billing made."""

    code = "payment_missing"

    def __init__(self, invoice: str, intent: UUID) -> None:
        super().__init__(
            f"{invoice} is being paid with intent {intent}, which payments does not know; restore its data"
        )


class PeriodNotBillable(Conflict):
    code = "period_not_billable"

    def __init__(self, day: date, started_on: date, ends_on: date | None) -> None:
        until = f"up to {ends_on}, its last day" if ends_on else "onwards"
        super().__init__(
            f"No period contains {day}: the subscription runs from {started_on} {until}; choose a day in it"
        )


class SubscriptionEndInvalid(Problem):
    status = 422
    code = "subscription_end_invalid"

    def __init__(self, ends_on: date, started_on: date) -> None:
        super().__init__(f"A subscription that started on {started_on} cannot end on {ends_on}; choose a later day")
