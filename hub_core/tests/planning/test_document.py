"""hub.toml is read into wishes, or refused with every fault it has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_core.planning import Desired, DesiredModule, DocumentInvalid, document, initial_document


def test_wishes_are_read_and_the_hubs_own_table_is_left_alone() -> None:
    text = """
[hub]
port = 1

[modules.billing]
version = ">=1,<2"

[modules.billing.settings]
currency = "EUR"
seller = { name = "Acme" }

[modules.notes]
enabled = false
"""
    assert document(text) == Desired(
        modules={
            "billing": DesiredModule(version=">=1,<2", settings={"currency": "EUR", "seller": {"name": "Acme"}}),
            "notes": DesiredModule(enabled=False),
        }
    )


def test_an_empty_document_wishes_nothing() -> None:
    assert document("") == Desired()


def test_all_faults_are_named_at_once() -> None:
    text = """
[module.billing]

[modules]
notes = 1

[modules.Billing]

[modules.billing]
enabeld = true
enabled = "yes"
version = "about 1"
settings = 1

[modules.crm]
version = 1
"""
    with pytest.raises(DocumentInvalid) as raised:
        document(text)
    assert str(raised.value) == (
        "hub.toml has 8 faults\n"
        'cause: module: unknown key; did you mean "modules"?; '
        "modules.notes: 1 is not a table; "
        "modules: 'Billing' is not the name of a module; "
        'modules.billing.enabeld: unknown key; did you mean "enabled"?; '
        "modules.billing.version: 'about 1' is not a version range such as '>=1,<2'; "
        "modules.billing.enabled: 'yes' is neither true nor false; "
        "modules.billing.settings: 1 is not a table; "
        "modules.crm.version: 1 is not a version range such as '>=1,<2'\n"
        "remedy: Correct hub.toml; docs/reference/hub-toml.md explains every key"
    )
    assert raised.value.code == "document_invalid"


def test_a_document_that_is_no_toml_is_refused() -> None:
    with pytest.raises(DocumentInvalid, match="not TOML"):
        document("[modules")


def test_settings_become_values_of_json() -> None:
    text = "[modules.a.settings]\nsince = 2026-11-21\nat = [2026-11-21T08:00:00Z, 08:00:00]\nrate = 0.5\n"
    assert document(text).modules["a"].settings == {
        "since": "2026-11-21",
        "at": ["2026-11-21T08:00:00+00:00", "08:00:00"],
        "rate": 0.5,
    }


def test_a_setting_that_is_no_number_is_refused() -> None:
    with pytest.raises(DocumentInvalid) as raised:
        document("[modules.a.settings]\nlimits = [{ top = inf }]")
    assert raised.value.faults == ("modules.a.settings.limits[1].top: inf is not a number that can be kept",)


@given(st.sets(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), max_size=4))
def test_the_first_document_wishes_every_module_enabled(names: set[str]) -> None:
    assert document(initial_document(names)) == Desired(modules={name: DesiredModule() for name in names})


def test_the_first_document_is_a_text_one_can_go_on_from() -> None:
    assert initial_document(["b", "a"]) == (
        "# What shall run here. `hub up` applies what changed in this file since it last did.\n"
        "\n[modules.a]\nenabled = true\n"
        "\n[modules.b]\nenabled = true\n"
    )


def test_a_document_nested_too_deeply_is_a_fault() -> None:
    with pytest.raises(DocumentInvalid, match="not TOML: nested too deeply"):
        document("x = " + "[" * 5000 + "]" * 5000)
