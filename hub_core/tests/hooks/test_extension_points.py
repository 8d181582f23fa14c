"""Extension points: who contributes is known by name, and one that fails is left out."""

import logging
from pathlib import Path

import pytest

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, sample_hub

PUBLISHER = """
    from hub_hookspecs import ExtensionPoint, hookimpl
    colours = ExtensionPoint("paint_colours")
    class Colours:
        @colours.hookspec
        def colour(self, of): ...
    @hookimpl
    def hub_extension_points():
        return {"paint_colours": Colours}
"""
CONTRIBUTOR = """
    from hub_hookspecs import hookimpl
    from sample_paint import colours
    @colours.hookimpl
    def {hook}({argument}):
        {body}
"""
NOT_STARTING = """
    @hookimpl
    async def hub_lifespan(context):
        raise OSError
        yield
"""


def publisher(version: str = "1.0") -> Sample:
    return Sample({"__init__.py": PUBLISHER}, manifest=f'[extension_points]\npaint_colours = "{version}"\n')


def contributor(
    body: str = "return 'red'", hook: str = "colour", argument: str = "of", more: str = "", versions: str = ">=1,<2"
) -> Sample:
    source = CONTRIBUTOR.format(hook=hook, argument=argument, body=body) + more
    return Sample({"__init__.py": source}, f'[implements]\npaint_colours = "{versions}"\n', ("sample-paint",))


def contributed(hub: RunningHub) -> list[tuple[str, str]]:
    answers = hub.inner.modules["paint"].context.contributions("paint_colours", "colour", of="a rose")
    return [(answer.module, answer.value) for answer in answers]


async def test_contributions_come_in_load_order_and_one_that_raises_is_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    modules = {
        "paint": publisher(),
        "acme": contributor(),
        "beta": contributor("return of"),
        "exits": contributor("raise SystemExit(3)"),
        "gamma": contributor("raise OSError('no paint')"),
        "late": contributor("return None"),
    }
    async with sample_hub(tmp_path, modules) as hub:
        with caplog.at_level(logging.ERROR):
            assert contributed(hub) == [("acme", "red"), ("beta", "a rose"), ("late", None)]
        assert "gamma: its contribution to paint_colours is left out" in caplog.text
        assert "OSError: no paint" in caplog.text
        assert "exits: its contribution to paint_colours is left out" in caplog.text
        assert hub.inner.failures() == {}
        assert hub.inner.points.contributions("nobody_publishes", "colour") == ()


async def test_what_does_not_fit_the_point_fails_or_blocks_that_module_alone(tmp_path: Path) -> None:
    modules = {
        "paint": publisher(),
        "good": contributor(),
        "newer": contributor(versions=">=2"),
        "older": contributor(versions="<1"),
        "typo": contributor(hook="color"),
        "wrong": contributor(argument="of, on"),
        "unstarted": contributor(more=NOT_STARTING),
    }
    async with sample_hub(tmp_path, modules) as hub:
        assert contributed(hub) == [("good", "red")]
        listed = {line["name"]: line for line in (await hub.as_superuser.get("/api/v1/modules")).json()}
        codes = {name: [reason["code"] for reason in line["reasons"]] for name, line in listed.items()}
        assert codes["good"] == []
        assert codes["newer"] == codes["older"] == ["extension_point_version"]
        assert (
            "implements paint_colours >=2 ([implements] of sample-newer 1.0); paint (sample-paint) publishes 1.0"
            in listed["newer"]["reasons"][0]["text"]
        )
        assert codes["typo"] == codes["wrong"] == ["failed_extension_points"]
        assert codes["unstarted"] == ["failed_start"]
