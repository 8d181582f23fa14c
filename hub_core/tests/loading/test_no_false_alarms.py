"""What modules rightly do with libraries that all share is no change of them: their own classes, entries and metrics."""

import pytest

from hub_core.tests.loading.test_probe import probed
from hub_core.tests.sample_modules import SampleModules

MAPPED = """
from sqlalchemy import ForeignKey, JSON, create_engine, event, select
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column, relationship, sessionmaker
class Base(DeclarativeBase): ...
class Order(Base):
    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept = mapped_column(MutableDict.as_mutable(JSON))
    lines = relationship("Line")
class Line(Base):
    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[int] = mapped_column(ForeignKey("order.id"))
class Own(Session): ...
engine = create_engine("sqlite://")
made = sessionmaker(engine)
def heard(*of, **by): ...
event.listen(Order, "before_insert", heard)
event.listen(Base, "load", heard, propagate=True)
event.listen(Order.kept, "set", heard)
event.listen(Order.__table__, "before_create", heard)
event.listen(Own, "before_flush", heard)
event.listen(made, "before_flush", heard)
event.listen(engine, "before_cursor_execute", heard)
configure_mappers()
Base.metadata.create_all(engine)
with made() as session:
    session.add(Order(id=1, kept={}))
    session.commit()
    session.scalars(select(Order).join(Order.lines, isouter=True)).all()
engine.dispose()
"""
LIBRARIES = """
import asyncio, copyreg, csv, email, json, mimetypes, multiprocessing, random, ssl, urllib.request, uuid
import jinja2, prometheus_client, structlog
from concurrent.futures import ThreadPoolExecutor
from fastapi import FastAPI
from fastapi.encoders import ENCODERS_BY_TYPE
class Kind: ...
ENCODERS_BY_TYPE[Kind] = str
copyreg.pickle(Kind, lambda kind: (Kind, ()))
mimetypes.add_type("model/own", ".own")
mimetypes.guess_type("page.html")
multiprocessing.get_start_method()
prometheus_client.Counter("own", "Of this module").inc()
prometheus_client.Histogram("own_seconds", "Of this module").observe(1)
structlog.get_logger("own").bind(a=1)
structlog.wrap_logger(None, processors=[]).bind(a=1)
jinja2.Environment(autoescape=True).from_string("{{ a|upper }}").render(a="b")
random.gauss(0, 1), uuid.uuid1(), json.dumps({}), ssl.create_default_context(), FastAPI().openapi()
email.message_from_string("a: b").get("a")
asyncio.run(asyncio.sleep(0))
with ThreadPoolExecutor() as pool: pool.submit(int).result()
"""
FOREIGN = "import alembic, psycopg, pydantic_settings, readline, rich.console, unittest.mock, uvicorn, xml.dom.minidom"
OWN_PARTS = """
import sys, types
from importlib.util import module_from_spec, spec_from_loader
sys.modules[__name__ + ".made"] = types.ModuleType(__name__ + ".made")
sys.modules["made_by_sample_good"] = types.ModuleType("made_by_sample_good")
class Itself(types.ModuleType): ...
itself = Itself(__name__)
vars(itself).update(vars(sys.modules[__name__]))
sys.modules[__name__] = itself
"""


@pytest.mark.parametrize(
    "source", [MAPPED, LIBRARIES, FOREIGN, OWN_PARTS], ids=["mapped", "libraries", "foreign", "own parts"]
)
def test_what_is_its_own_is_no_change(source: str, samples: SampleModules) -> None:
    samples.install("good", {"__init__.py": source})
    good = probed()["good"]
    assert (good.kind, good.phase, good.text) == ("described", "", "")
