"""The module ``billing``: customers, plans, subscriptions and invoices.

The hub wires it from the standard layout; nothing is imported here, so that finding the module costs nothing.
"""
