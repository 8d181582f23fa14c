"""A release whose migration takes longer than a second, so that others must wait for it."""

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
APPLIED: Final = ["subject_2", "subject_3"]


def _upgrade(name: str, slow: dict[str, str]) -> Scenario:
    return Scenario(
        name=name,
        before={"subject": SUBJECT_1, "witness": WITNESS},
        rows=PEOPLE_WROTE,
        release={"subject": {**SUBJECT_1, **_QUICK, **slow}, "witness": WITNESS},
    )


SLOW_UPGRADE: Final = _upgrade("slow upgrade", _SLOW)
LONG_STATEMENT: Final = _upgrade("one long statement, the first time", _LONG_ONCE)
