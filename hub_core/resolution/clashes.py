"""Find what two modules claim and only one can have. Nobody wins by path order: who is recorded stays, or nobody runs."""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from ..catalog import FoundModule, Reason


def name_clash(name: str, owner: str | None, claimants: Iterable[FoundModule]) -> Reason:
    """Why a distribution may not carry ``name``; ``owner`` is the one it is recorded for."""
    others = [module.distribution for module in claimants if module.distribution != owner]
    names = " and ".join(others)
    if owner is None:
        text = f"{names} claim the name {name}, and none of them is known to be recorded"
        remedy = f"Uninstall all but one: {' or '.join(f'pip uninstall {other}' for other in others)}"
    else:
        text = f"the name {name} is recorded for {owner}; {names} {'claim' if len(others) > 1 else 'claims'} it too"
        remedy = f"pip uninstall {' '.join(others)}"
    return Reason(code="name_clash", text=text, remedy=remedy)


def table_prefix_clashes(chosen: Mapping[str, FoundModule], recorded: Collection[str]) -> Mapping[str, Reason]:
    """The modules whose tables could be another's, with why, by name.

    ``sales_`` beside ``sales_tax_`` is no clash: a table belongs to the longest prefix that fits. Of modules with the
    same prefix the recorded one runs; with none recorded, or several, none does.
    """
    prefixes = sorted((found.manifest.table_prefix, name) for name, found in chosen.items() if found.manifest)
    reasons: dict[str, Reason] = {}
    for prefix, group in groupby(prefixes, key=lambda claim: claim[0]):
        names = [name for _, name in group]
        if len(names) > 1:
            owners = [name for name in names if name in recorded]
            refused = [name for name in names if name not in owners] if len(owners) == 1 else names
            reason = _table_prefix_clash(prefix, owners, [chosen[name] for name in refused])
            reasons |= dict.fromkeys(refused, reason)
    return reasons


def _table_prefix_clash(prefix: str, owners: list[str], refused: list[FoundModule]) -> Reason:
    names = " and ".join(f"{module.name} ({module.distribution})" for module in refused)
    if len(owners) == 1:
        verb = "claim" if len(refused) > 1 else "claims"
        text = f"the table prefix {prefix} is that of {owners[0]}, which is recorded; {names} {verb} it too"
    else:
        text = f"{names} claim the table prefix {prefix}, and {'several are' if owners else 'none of them is known to be'} recorded"
    uninstall = " or ".join(f"pip uninstall {module.distribution}" for module in refused)
    remedy = f"Give each a table_prefix of its own in hub-module.toml, or uninstall {'it' if len(refused) == 1 else 'all but one'}: {uninstall}"
    return Reason(code="table_prefix_clash", text=text, remedy=remedy)
