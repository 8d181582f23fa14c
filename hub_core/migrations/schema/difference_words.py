"""Differences in words a person reads."""

from typing import Final

from .comparing import Difference

_CALLED: Final = {
    "primary_key": "primary key",
    "unique": "unique constraint",
    "foreign_key": "foreign key",
    "check": "check",
    "exclusion": "exclusion",
    "index": "index",
}


def difference_text(difference: Difference, *, found_in: str = "the database", wanted_by: str = "the models") -> str:
    """One sentence, such as ``shop_item: the column price (INTEGER, not null) is missing in the database``."""
    table, name, found, wanted = difference.table, difference.name, difference.found, difference.wanted
    match difference.kind:
        case "table":
            return f"{table}: the table is missing in {found_in if found is None else wanted_by}"
        case "enum":
            return f"the enumeration {table} has the labels {found} in {found_in}, {wanted} in {wanted_by}"
        case "nullable":
            return f"{table}: the column {name} {_must(found)} in {found_in}, {_must(wanted)} in {wanted_by}"
        case "type" | "default" | "computed":
            what = {"type": "has the type", "default": "has the default", "computed": "is computed as"}[difference.kind]
            return (
                f"{table}: the column {name} {what} {found or 'none'} in {found_in}, {wanted or 'none'} in {wanted_by}"
            )
    called = "column" if difference.kind == "column" else _CALLED[difference.kind]
    if found is None or wanted is None:
        where, told = (found_in, wanted) if found is None else (wanted_by, found)
        named = f"{name} ({told})" if told != name else name
        return f"{table}: the {called} {named} is missing in {where}"
    return f"{table}: the {called} {name} is {found} in {found_in}, {wanted} in {wanted_by}"


def _must(null: str | None) -> str:
    return "must not be null" if null == "not null" else "may be null"
