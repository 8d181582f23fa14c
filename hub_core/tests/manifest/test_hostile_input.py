"""Monsters made to crash or stall whoever reads manifests, hub.toml and version texts: each is refused in a sentence.

The soak test measures how long each takes; here only the outcome counts.
"""

from pathlib import Path

import pytest

from hub_core.manifest import ManifestInvalid, TextInvalid, parse_manifest, read_range, read_requirement, read_version
from hub_core.planning import DocumentInvalid, document
from hub_core.settings import SettingsInvalid, read_settings

DIGITS = "9" * 5000
HUGE = "0x" + "f" * 5000
"""Of hexadecimal digits Python reads any number, and then fails to print the result."""
DEEP_KEY = "x" + ".a" * 999
"""Nested deeper than Python calls, and yet read by tomllib without a call."""

MANIFESTS: dict[str, str | bytes] = {
    "a number of 5000 digits": f"title = {DIGITS}",
    "a huge number in place of a text": f"title = {HUGE}",
    "a huge number in place of a choice": f"tier = {HUGE}",
    "a huge number in place of a flag": f"application = {HUGE}",
    "a huge number under an unknown key": f"x = {HUGE}",
    "a number of 90000 bits": f"application = 0b{'1' * 90_000}",
    "a number of 65 bits": "tier = 0x10000000000000000",
    "infinity": "tier = inf",
    "not a number": "application = nan",
    "a float that becomes infinity": "tier = 1e999999",
    "a date": "tier = 9999-12-31T23:59:60Z",
    "a date before the first year": "tier = 0001-01-01T00:00:00+23:59",
    "a time": "application = 23:59:59",
    "a key of a thousand parts": "title.x" + DEEP_KEY[1:] + " = 1",
    "a table of a thousand parts": f"[permissions.{DEEP_KEY}]",
    "a flag of a thousand parts": f"auto_install.{DEEP_KEY} = 1",
    "a key of a thousand parts in a list": f"permissions = [{{name.{DEEP_KEY} = 1}}]",
    "two keys of 700 parts": f"[title{'.a' * 700}]\nb{'.b' * 690} = 1",
    "a key of 49000 parts": "a" + ".a" * 49_000 + " = 1",
    "lists of 480 levels": "title = " + "[" * 480 + "]" * 480,
    "lists of 5000 levels": "title = " + "[" * 5000,
    "tables of 400 levels": "title = " + "{a = " * 400 + "1" + "}" * 400,
    "an extension point of 5000 digits": f"[extension_points]\nbilling_x = '{DIGITS}'",
    "an implemented range of 5000 digits": f"[implements]\nx = '>={DIGITS}'",
    "an implemented range of 20000 clauses": f"[implements]\nx = '{','.join(['!=1'] * 20_000)}'",
    "an implemented range of odd letters": "[implements]\nx = '~=1.2.3prev\u0131ew1'",
    "an implemented range of Arabic digits": "[implements]\nx = '>=\u0661'",
    "9000 implemented points": "[implements]\n" + "".join(f"x{number}='1'\n" for number in range(9000)),
    "6000 implemented points that could be": "[implements]\n" + "".join(f"x{n}='>{n}'\n" for n in range(6000)),
    "12000 programs": "binaries = [" + ",".join(f"'a{number}'" for number in range(12_000)) + "]",
    "24000 names": f"after = [{'1,' * 24_000}]",
    "menus with permissions that are nearly there": "permissions = ["
    + "".join(f"{{name='billing.a{number:05}', title='x'}}," for number in range(200))
    + "]\nmenus = ["
    + "".join(f"{{label='x', path='/billing', permission='billing.b{number:05}'}}," for number in range(200))
    + "]",
    "16000 tables of unknown keys": f"menus = [{'{lable=1},' * 9000}]",
    "10000 tables that say nothing": "[[menus]]\n" * 10_000,
    "a choice of 90000 letters": f"tier = '{'opt' * 30_000}'",
    "a key of 90000 letters": "tierr" * 18_000 + " = 1",
    "a text of NULs": r'title = "\u0000\u0000"',
    "a NUL": "title = '\0'",
    "half a letter": 'title = "\\ud800"',
    "a byte order mark": "\ufefftitle = 'x'",
    "bytes that are no text": b"title = '\xff\xfe'",
    "one hundred megabytes": b"#" * 100_000_000,
}

DOCUMENTS = {
    "a number of 5000 digits": f"[modules.a.settings]\nx = {DIGITS}",
    "a huge number in the settings": f"[modules.a.settings]\nx = {HUGE}",
    "a huge number as version": f"[modules.a]\nversion = {HUGE}",
    "a version of 5000 digits": f"[modules.a]\nversion = '>={DIGITS}'",
    "a version of 20000 clauses": f"[modules.a]\nversion = '{','.join(['!=1'] * 20_000)}'",
    "a version of odd letters": "[modules.a]\nversion = '~=1.2.3prev\u0131ew1'",
    "a version of a thousand parts": f"[modules.a]\nversion.{DEEP_KEY} = 1",
    "settings of a thousand parts": f"[modules.a.settings]\n{DEEP_KEY} = inf",
    "settings of two times 700 parts": f"[modules.a.settings{'.a' * 700}]\nb{'.b' * 690} = inf",
    "a key of 49000 parts": "a" + ".a" * 49_000 + " = 1",
    "infinity in the settings": "[modules.a.settings]\nx = [[-inf]]",
    "infinity under a key of 100000 letters": f"[modules.a.settings]\n{'a' * 100_000} = inf",
    "lists of 480 levels": "[modules.a.settings]\nx = " + "[" * 480 + "]" * 480,
    "lists of 5000 levels": "[modules.a.settings]\nx = " + "[" * 5000,
    "12000 names that are none": "".join(f"[modules.A{number}]\n" for number in range(12_000)),
    "4000 unknown keys": "".join(f"[modules.a{number}]\nenabledd = 1\n" for number in range(4000)),
    "a name of 100000 letters": f"[modules.{'a' * 100_000}]",
    "fifty megabytes": "#" * 50_000_000,
}

REQUIREMENTS = {
    "a version of 5000 digits": f"a=={DIGITS}",
    "20000 clauses": "a" + ",".join(["!=1"] * 20_000),
    "51 clauses": "a" + ",".join(f"!={number}" for number in range(51)),
    "odd letters": "a~=1.2.3prev\u0131ew1",
    "Arabic digits": "a==\u0661",
    "full-width letters": "\uff41>=1",
    "full-width digits": "a>=\uff11",
    "a snowman": "a===\u2603",
    "NUL": "a\0",
    "NUL in a marker": "a; os_name == '\0'",
    "NUL in a URL": "a @ https://example.org/\0",
    "an escape in a URL": "a @ https://example.org/\x1b[2J",
    "a line break": "a\n>=1",
    "parentheses that open 900 times": "a; " + "(" * 900,
    "parentheses 400 deep": f"a; {'(' * 400}os_name == 'x'{')' * 400}",
    "a marker of 20000 clauses": "a; " + " or ".join(["os_name == 'x'"] * 20_000),
    "3000 extras": f"a[{','.join(f'x{number}' for number in range(3000))}]",
    "a command in place of a version": "a===1'$(id)'",
    "an extra that is no name": "a[!]",
    "nothing": "",
}

VERSIONS = {"5000 digits": DIGITS, "5000 parts": "1." * 5000 + "1", "Arabic digits": "\u0661", "NUL": "1\0", "none": ""}
RANGES = {
    "5000 digits": f">={DIGITS}",
    "20000 clauses": ",".join(["!=1"] * 20_000),
    "51 clauses": ",".join(f"!={number}" for number in range(51)),
    "odd letters": "~=1.2.3prev\u0131ew1",
    "Arabic digits": "==\u0661",
    "full-width digits": ">=\uff11",
    "NUL": ">=1\0",
    "NUL for any version": "===1\0",
    "a command": "===`id`",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_hostile_manifest_is_refused_in_a_few_sentences(name: str) -> None:
    with pytest.raises(ManifestInvalid) as raised:
        parse_manifest(MANIFESTS[name], "billing")
    assert len(raised.value.faults) <= 120
    assert all(len(fault) < 500 for fault in raised.value.faults)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_hub_toml_is_refused_in_a_few_sentences(name: str) -> None:
    with pytest.raises(DocumentInvalid) as raised:
        document(DOCUMENTS[name])
    assert len(raised.value.faults) <= 120
    assert all(len(fault) < 600 for fault in raised.value.faults)


@pytest.mark.parametrize(
    "text",
    [
        f"[hub]\nport = {DIGITS}",
        f"[hub]\nport = {HUGE}",
        f"[hub.{DEEP_KEY}]",
        f"[hub]\nareas = {'[' * 480}{']' * 480}",
        "[hub]\n" + "".join(f"porf{number} = 1\n" for number in range(20_000)),
        "[hub]\nport = inf\nstart_seconds = nan",
        "#" * 50_000_000,
    ],
    ids=["5000 digits", "huge", "thousand parts", "480 levels", "20000 unknown keys", "infinity", "fifty megabytes"],
)
def test_hostile_settings_of_the_hub_are_refused_in_a_few_sentences(text: str, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(text)
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(tmp_path)
    assert len(raised.value.faults) <= 21
    assert all(len(fault) < 500 for fault in raised.value.faults)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_hostile_requirement_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(TextInvalid) as raised:
        read_requirement(REQUIREMENTS[name])
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("name", VERSIONS)
def test_a_hostile_version_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(TextInvalid) as raised:
        read_version(VERSIONS[name])
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("name", RANGES)
def test_a_hostile_range_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(TextInvalid) as raised:
        read_range(RANGES[name])
    assert len(str(raised.value)) < 500


def test_how_deep_a_requirement_may_be_nested_does_not_depend_on_who_asks() -> None:
    text = f"a; {'(' * 60}os_name == 'x'{')' * 60}"

    def deeper(levels: int) -> None:
        if levels:
            deeper(levels - 1)
        else:
            read_requirement.__wrapped__(text)

    for levels in (0, 700):
        with pytest.raises(TextInvalid):
            deeper(levels)
