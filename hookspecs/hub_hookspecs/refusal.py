"""How a lifecycle hook says that a change cannot be made, in words for the person who asked for it."""


class ChangeRefused(Exception):
    """Raised by a lifecycle hook or a revision: something outside the module's code has to be put right first.

    ``reason`` and ``remedy`` are shown as they are, also in listings of modules: no secrets, and nothing people wrote.
    Any other exception is taken for a bug of the module.
    """

    def __init__(self, reason: str, *, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy
