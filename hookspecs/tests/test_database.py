"""What models are made of behaves the same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hub_hookspecs.database import TenantScoped, UtcDateTime, module_metadata
from sqlalchemy import Engine, ForeignKey, UniqueConstraint, create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("shop")


class Letter(TenantScoped, Base):
    __tablename__ = "shop_letter"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    answer_to: Mapped[int | None] = mapped_column(ForeignKey("shop_letter.number"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    made = create_engine(url)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def test_a_moment_comes_back_aware_and_in_utc(engine: Engine) -> None:
    moment = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with Session(engine) as session:
        session.add(Letter(number=1, sent_at=moment))
        session.commit()
        found = session.scalars(select(Letter.sent_at)).one()
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


def test_a_moment_is_compared_in_the_database_whatever_zone_it_is_given_in(engine: Engine) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with Session(engine) as session:
        session.add_all(
            [Letter(number=1, sent_at=noon), Letter(number=2, sent_at=noon + timedelta(hours=1)), Letter(number=3)]
        )
        session.commit()
        bound = noon.astimezone(timezone(timedelta(hours=-8)))
        assert session.scalars(select(Letter.number).where(Letter.sent_at <= bound)).all() == [1]


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(StatementError, match=r"naive datetime .* give it a time zone"):
        session.execute(insert(Letter).values(number=1, sent_at=datetime(2026, 11, 21)))


def test_a_row_belongs_to_the_tenant_default_also_when_plain_sql_makes_it(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Letter(number=1))
        session.flush()
        session.execute(text("INSERT INTO shop_letter (number) VALUES (2)"))
        session.add(Letter(number=3, tenant_id="acme"))
        session.commit()
        assert session.scalars(select(Letter.tenant_id).order_by(Letter.number)).all() == ["default", "default", "acme"]


def test_constraints_and_indexes_have_names_a_migration_can_address() -> None:
    table = Letter.metadata.tables["shop_letter"]
    named = {str(found.name) for found in table.constraints} | {str(found.name) for found in table.indexes}
    assert named == {
        "pk_shop_letter",
        "uq_shop_letter_tenant_id_number",
        "fk_shop_letter_answer_to",
        "ix_shop_letter_sent_at",
    }


def test_a_modules_metadata_says_whose_it_is() -> None:
    assert Base.metadata.info == {"hub_module": "shop"}
