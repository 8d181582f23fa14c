"""The published JSON Schema and the parser are one format: held equal, and tried on the same manifests."""

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_core.manifest import ManifestInvalid, manifest_schema, parse_manifest

REPOSITORY = Path(__file__).parents[3]
PUBLISHED = REPOSITORY / "docs" / "reference" / "hub-module.schema.json"
VALIDATOR = jsonschema_rs.Draft202012Validator(manifest_schema())
MANIFESTS = sorted(
    [*REPOSITORY.glob("plugins/*/*/hub-module.toml"), *REPOSITORY.glob("tests/modules/**/hub-module.toml")]
)


def test_the_published_schema_is_the_one_the_parser_has() -> None:
    assert json.loads(PUBLISHED.read_text()) == manifest_schema(), (
        "write it anew: python -c 'import json; from hub_core.manifest import manifest_schema; "
        f"print(json.dumps(manifest_schema(), indent=2))' > {PUBLISHED.relative_to(REPOSITORY)}"
    )


def test_the_schema_is_one() -> None:
    jsonschema_rs.meta.validate(manifest_schema())


def test_every_key_is_explained_in_the_reference() -> None:
    page = (REPOSITORY / "docs" / "reference" / "manifest.md").read_text()
    assert [key for key in manifest_schema()["properties"] if f"`{key}`" not in page] == []


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_parser_and_schema_agree_on_the_manifests_of_this_repository(path: Path) -> None:
    text, module = path.read_text(), path.parent.name.removeprefix("hub_module_")
    valid = "broken_manifest" not in path.parts[-3]
    assert VALIDATOR.is_valid(tomllib.loads(text)) is valid
    if valid:
        parse_manifest(text, module)


@pytest.mark.parametrize(
    "text",
    [
        "titel = 'x'",
        "title = ''",
        "title = 1",
        "tier = 'all'",
        "application = 'yes'",
        "after = [1]",
        "after = ['A']",
        "table_prefix = 'bill'",
        "[[permissions]]\nname = 'x'\ntitle = 'x'",
        "[[permissions]]\nname = 'billing.x'",
        "[[menus]]\nlabel = 'x'",
        "[[menus]]\nlabel = 'x'\npath = 'billing'",
        "[[menus]]\nlabel = 'x'\npath = '/billing'\nicon = 'x'",
        "[extension_points]\nbilling_x = 1",
        "[extension_points]\nbilling_x = '1.x'",
        "[implements]\nX = '>=1'",
        "[implements]\nx = ''",
        f"category = '{'x' * 41}'",
    ],
)
def test_what_the_schema_refuses_the_parser_refuses(text: str) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    with pytest.raises(ManifestInvalid):
        parse_manifest(text, "billing")


_value = st.one_of(
    st.booleans(),
    st.integers(),
    st.text("abX09_./-<>= é\u0661\n\t", max_size=8),
    st.sampled_from(["core", "orders", "billing_", "/billing/x", "billing.x", "1.0", ">=1"]),
)
_table = st.dictionaries(
    st.sampled_from(["name", "title", "label", "path", "permission", "area", "x"]), _value, max_size=4
)
_document = st.dictionaries(
    st.sampled_from([*manifest_schema()["properties"], "titel"]),
    st.one_of(_value, st.lists(_value, max_size=2), st.lists(_table, max_size=2), _table),
    max_size=4,
)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value)
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
        case _:
            return str(value)


@given(_document)
def test_whatever_the_parser_takes_the_schema_takes_too(document: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in document.items())
    assert _is_parsed(text) <= VALIDATOR.is_valid(tomllib.loads(text))


def _is_parsed(text: str) -> bool:
    try:
        parse_manifest(text, "billing")
    except ManifestInvalid:
        return False
    return True
