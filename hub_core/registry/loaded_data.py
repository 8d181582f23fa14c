"""What was loaded of the data a module brings: each row with the values its file had then, and the digest of the files.

So a row that somebody changed or deleted is told from one that was never loaded. A row of its own, of no table, keeps
each digest: what a backup keeps and restores of a module's rows, it keeps of these.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from . import tables

_NO_TABLE: Final = ""
RowName = tuple[str, str]
"""The table of a row and the text of its natural key."""
Values = Mapping[str, Any]


def loaded_digests(connection: Connection) -> Mapping[str, Mapping[str, str]]:
    """By module the digests of ``seed`` and ``demo`` data that was loaded, where some was."""
    seeds, found = tables.seeds.c, dict[str, dict[str, str]]()
    rows = select(seeds.module, seeds.key, seeds["values"]).where(seeds.table == _NO_TABLE)
    for module, kind, values in connection.execute(rows):
        found.setdefault(module, {})[kind] = str(values["digest"])
    return found


def loaded_rows(connection: Connection, module: str) -> dict[RowName, Values]:
    """The values that each row had in its file when it was loaded."""
    seeds = tables.seeds.c
    rows = select(seeds.table, seeds.key, seeds["values"]).where(seeds.module == module, seeds.table != _NO_TABLE)
    return {(table, key): values for table, key, values in connection.execute(rows)}


def note_loaded(
    connection: Connection, module: str, rows: Mapping[RowName, Values], digests: Mapping[str, str]
) -> None:
    """Write down rows that were loaded, in place of what was known of each, and the digests of their files."""
    new = {**rows, **{(_NO_TABLE, kind): {"digest": digest} for kind, digest in digests.items()}}
    seeds = tables.seeds
    known = {
        (table, key)
        for table, key in connection.execute(select(seeds.c.table, seeds.c.key).where(seeds.c.module == module))
    }
    changed = [{"t": name[0], "k": name[1], "v": values} for name, values in new.items() if name in known]
    added = [
        {"module": module, "table": name[0], "key": name[1], "values": values}
        for name, values in new.items()
        if name not in known
    ]
    if changed:
        this = (seeds.c.module == module) & (seeds.c.table == bindparam("t")) & (seeds.c.key == bindparam("k"))
        connection.execute(
            update(seeds).where(this).values({"values": bindparam("v", type_=seeds.c["values"].type)}), changed
        )
    if added:
        connection.execute(insert(seeds), added)


def forget_loaded(connection: Connection, module: str, there: Mapping[str, Collection[str]]) -> None:
    """Forget what was loaded into tables and columns that are not there any more: taken back, and made anew, they are empty.

    :param there: the columns of each table that there is.
    """
    kept = {}
    for name, values in loaded_rows(connection, module).items():
        if columns := there.get(name[0]):
            key = json.loads(name[1])
            kept[name] = {column: value for column, value in values.items() if column in columns or column in key}
    connection.execute(delete(tables.seeds).where(tables.seeds.c.module == module))
    note_loaded(connection, module, kept, {})
