"""The command ``hub``: parse, call, print. What a command does lives in ``hub_core.operations``.

Every command is a file of its own, imported when it is called; ``hub --help`` imports none of them.
"""
