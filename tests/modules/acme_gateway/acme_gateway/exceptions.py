"""Why a notification is not accepted."""

from hub_hookspecs import Problem, ServiceUnavailable


class NotConfigured(ServiceUnavailable):
    """No secret is set, so nothing can be verified."""

    code = "not_configured"

    def __init__(self) -> None:
        super().__init__("Acme Pay takes no notifications until its secret is set")


class SignatureInvalid(Problem):
    """Not signed with the secret."""

    status = 403
    code = "signature_invalid"

    def __init__(self) -> None:
        super().__init__("the header Acme-Signature is not the HMAC-SHA256 of the body with the secret of this account")


class NotificationInvalid(Problem):
    """Signed, but not understood."""

    status = 422
    code = "notification_invalid"

    def __init__(self) -> None:
        super().__init__('send JSON such as {"transaction": "…", "status": "succeeded"}, or "failed" with a reason')
