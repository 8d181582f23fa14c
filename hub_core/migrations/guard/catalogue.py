"""What PostgreSQL tells of a running transaction, as queries that an ordinary role may ask; together some 4 ms."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of a database: the catalogue it stands in, its name and schema."""

    catalog: str
    name: str
    schema: str


Names = dict[tuple[str, int], Named]
"""By catalogue and oid."""

_OWN_SCHEMAS: Final = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
_LASTING: Final = "!~ '^pg_(toast|temp)'"

_NAMES: Final = f"""
    SELECT 'pg_class' AS catalog, c.oid, c.relname::text AS name, n.nspname::text AS schema
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname {_OWN_SCHEMAS} AND c.relkind NOT IN ('i', 'I', 't')
    UNION ALL
    SELECT 'pg_type', t.oid, t.typname::text, n.nspname::text
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname {_OWN_SCHEMAS}
    UNION ALL
    SELECT 'pg_proc', p.oid, p.proname::text, n.nspname::text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname {_OWN_SCHEMAS}
    UNION ALL
    SELECT 'pg_namespace', oid, nspname::text, nspname::text FROM pg_namespace
"""  # noqa: S608 - the parts are constants
NAMES: Final = text(_NAMES)
"""Everything that has a name: catalogue, oid, name, schema."""
NAMES_OF: Final = text(f"SELECT * FROM ({_NAMES}) named WHERE oid = ANY(:oids)")  # noqa: S608
"""The same of the oids ``:oids``."""
BEGIN: Final = text("SELECT pg_current_xact_id()::text AS xid, current_schema() AS schema")
STILL: Final = text("""
    SELECT pg_current_xact_id_if_assigned()::text = :xid AND EXISTS (SELECT 1 FROM hub_fuse WHERE id = :fuse)
""")
"""Whether the transaction is the one that began, with its fuse in place."""

LOCKED: Final = text("""
    SELECT DISTINCT
        CASE l.locktype WHEN 'relation' THEN 'pg_class' ELSE l.classid::regclass::text END AS catalog,
        coalesce(i.indrelid, l.relation, l.objid) AS oid
    FROM pg_locks l LEFT JOIN pg_index i ON l.locktype = 'relation' AND i.indexrelid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (
        (l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
        OR (l.locktype = 'object' AND l.mode = 'AccessExclusiveLock')
      )
""")
"""What the transaction wrote, altered or dropped: catalogue and oid, of an index those of its table."""

WRITTEN: Final = text("""
    SELECT relid, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_del AS deleted
    FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
""")
"""How many rows of which table."""

_INDEXED_TABLE: Final = "LEFT JOIN pg_index i ON i.indexrelid = {0}.oid LEFT JOIN pg_class t ON t.oid = i.indrelid"
_PARTS: Final = {
    ("pg_class", "coalesce(t.relname, x.relname)", "n.nspname"): f"""
        pg_class x {_INDEXED_TABLE.format("x")}
        JOIN pg_namespace n ON n.oid = x.relnamespace AND n.nspname {_LASTING}""",
    ("pg_class", "coalesce(t.relname, c.relname)", "n.nspname "): f"""
        pg_attribute x JOIN pg_class c ON c.oid = x.attrelid AND c.relkind <> 't' {_INDEXED_TABLE.format("c")}
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname {_LASTING}""",
    ("pg_type", "x.typname", "n.nspname"): f"""
        pg_type x JOIN pg_namespace n ON n.oid = x.typnamespace AND n.nspname {_LASTING}
        AND x.typrelid = 0 AND x.typelem = 0 AND x.typtype <> 'm'""",
    ("pg_type", "t.typname", "n.nspname"): """
        pg_enum x JOIN pg_type t ON t.oid = x.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace""",
    ("pg_proc", "x.proname", "n.nspname"): f"""
        pg_proc x JOIN pg_namespace n ON n.oid = x.pronamespace AND n.nspname {_LASTING}
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = x.oid AND d.deptype IN ('e', 'i'))""",  # noqa: S608
    ("pg_namespace", "x.nspname", "x.nspname"): "pg_namespace x",
    ("pg_collation", "x.collname", "n.nspname"): "pg_collation x JOIN pg_namespace n ON n.oid = x.collnamespace",
    ("pg_ts_config", "x.cfgname", "n.nspname"): "pg_ts_config x JOIN pg_namespace n ON n.oid = x.cfgnamespace",
    ("pg_ts_dict", "x.dictname", "n.nspname"): "pg_ts_dict x JOIN pg_namespace n ON n.oid = x.dictnamespace",
    ("operator", "x.oprname", "''"): "pg_operator x",
    ("operator class", "x.opcname", "''"): "pg_opclass x",
    ("conversion", "x.conname", "''"): "pg_conversion x",
    ("language", "x.lanname", "''"): "pg_language x",
    ("large object", "x.oid", "''"): "pg_largeobject_metadata x",
    ("comment on a schema", "x.description", "''"): "pg_description x WHERE x.classoid = 'pg_namespace'::regclass",
    ("extension", "x.extname", "''"): "pg_extension x",
    ("default privilege", "x.oid", "''"): "pg_default_acl x",
    ("membership of a role", "x.oid", "''"): "pg_auth_members x",
    ("setting of a role or database", "x.setdatabase", "''"): "pg_db_role_setting x",
    ("database", "x.datname", "''"): "pg_database x",
    ("publication", "x.pubname", "''"): "pg_publication x",
    ("event trigger", "x.evtname", "''"): "pg_event_trigger x",
    ("foreign server", "x.srvname", "''"): "pg_foreign_server x",
    ("cast", "x.oid", "''"): """
        pg_cast x WHERE NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = 'pg_cast'::regclass AND d.objid = x.oid AND d.deptype IN ('e', 'i'))""",
}
# A row version is ours when we see it although its transaction, or savepoint, still runs. Only versions that are not
# older than the transaction are asked about: ``age`` counts from its id.
_OURS: Final = (
    "CASE WHEN age(x.xmin) <= 0 THEN pg_xact_status((:xid - age(x.xmin))::text::xid8) = 'in progress' ELSE false END"
)
CHANGED: Final = text(
    " UNION ALL ".join(
        f"SELECT '{catalog}' AS catalog, ({name})::text AS name, ({schema})::text AS schema FROM {rows}"  # noqa: S608
        f" {'AND' if ' WHERE ' in rows.partition('NOT EXISTS')[0] else 'WHERE'} {_OURS}"
        for (catalog, name, schema), rows in _PARTS.items()
    )
)
"""What the transaction ``:xid`` changed in the catalogues: catalogue or kind, name, schema."""

USED: Final = text(f"""
    SELECT DISTINCT kind, name, schema FROM (
        SELECT 'pg_class' AS kind, coalesce(t.relname, c.relname)::text AS name, n.nspname::text AS schema
        FROM pg_depend x JOIN pg_class c ON x.refclassid = 'pg_class'::regclass AND c.oid = x.refobjid
        {_INDEXED_TABLE.format("c")} JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname {_OWN_SCHEMAS} AND n.nspname {_LASTING} AND {_OURS}
        UNION ALL
        SELECT 'pg_type', coalesce(e.typname, y.typname)::text, n.nspname::text
        FROM pg_depend x JOIN pg_type y ON x.refclassid = 'pg_type'::regclass AND y.oid = x.refobjid
        LEFT JOIN pg_type e ON e.oid = y.typelem AND y.typlen = -1 JOIN pg_namespace n ON n.oid = y.typnamespace
        WHERE n.nspname {_OWN_SCHEMAS} AND n.nspname {_LASTING} AND {_OURS}
        UNION ALL
        SELECT 'pg_proc', p.proname::text, n.nspname::text
        FROM pg_depend x JOIN pg_proc p ON x.refclassid = 'pg_proc'::regclass AND p.oid = x.refobjid
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname {_OWN_SCHEMAS} AND n.nspname {_LASTING} AND {_OURS}
    ) used
""")  # noqa: S608
"""What the things that the transaction ``:xid`` made cannot do without: catalogue, name, schema."""
