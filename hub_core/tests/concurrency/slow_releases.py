"""A release whose migration takes longer than a second, so that others must wait for it."""

from dataclasses import replace
from typing import Final

from hub_core.tests.kill.releases import SUBJECT_1, WITNESS, revision
from hub_core.tests.kill.scenario import PEOPLE_WROTE, Scenario

SECONDS: Final = 1.2
_QUICK: Final = revision(
    "subject",
    2,
    """
    op.create_table("subject_tag", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("subject_parent", sa.Column("price", sa.Integer))
    """,
)
_SLOW: Final = revision(
    "subject",
    3,
    f"""
    __import__("time").sleep({SECONDS})
    op.execute("UPDATE subject_parent SET price = id * 10")
    op.execute("INSERT INTO subject_tag (id) VALUES (1)")
    """,
)
_LONG_ONCE: Final = revision(
    "subject",
    3,
    """
    from pathlib import Path
    if not Path("began").exists():
        Path("began").touch()
        if op.get_bind().dialect.name == "postgresql":
            op.execute("SELECT pg_sleep(120)")
        else:
            op.execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) "
                "INSERT INTO subject_tag (id) SELECT count(*) FROM n"
            )
    op.execute("UPDATE subject_parent SET price = id * 10")
    """,
)
# A disk that syncs, or a standby that confirms, is not interrupted; here a trigger is as slow.
_SLOW_COMMIT: Final = revision(
    "subject",
    3,
    """
    op.execute(
        "CREATE FUNCTION subject_wait() RETURNS trigger LANGUAGE plpgsql "
        "AS $$BEGIN PERFORM set_config('client_connection_check_interval', '0', true); PERFORM pg_sleep(3); RETURN NULL; "
        "END$$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER subject_wait AFTER INSERT ON subject_tag "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION subject_wait()"
    )
    op.execute("INSERT INTO subject_tag (id) VALUES (1)")
    """,
)
APPLIED: Final = ["subject_2", "subject_3"]


def _upgrade(name: str, slow: dict[str, str]) -> Scenario:
    return Scenario(
        name=name,
        before={"subject": SUBJECT_1, "witness": WITNESS},
        rows=PEOPLE_WROTE,
        release={"subject": {**SUBJECT_1, **_QUICK, **slow}, "witness": WITNESS},
    )


SLOW_UPGRADE: Final = _upgrade("slow upgrade", _SLOW)
SLOW_COMMIT: Final = replace(
    _upgrade("a COMMIT that takes its time", _SLOW_COMMIT),
    document=f"[hub]\nbackup_before_upgrade = false\n\n{SLOW_UPGRADE.document}",  # a backup would wait for the tables
)
LONG_STATEMENT: Final = _upgrade("one long statement, the first time", _LONG_ONCE)
