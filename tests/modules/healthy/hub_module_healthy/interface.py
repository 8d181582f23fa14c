"""What others may import of this module: its extension point."""

from hub_hookspecs import ExtensionPoint

healthy_helpers = ExtensionPoint("healthy_helpers")


class HealthyHelpers:
    """The specification of the extension point ``healthy_helpers``."""

    @healthy_helpers.hookspec
    def healthy_helper(self) -> str:
        """Offer help.

        Called: never.
        Order: none.
        Combined: all.

        :returns: a word of it.
        :raises Exception: the word is left out.
        """
