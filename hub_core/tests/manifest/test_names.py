"""Names of modules stand in paths, tables and permissions, and must not shadow the core."""

import pytest

from hub_core.manifest import RESERVED_NAMES, ModuleNameInvalid, check_module_name


@pytest.mark.parametrize("name", ["billing", "b", "sales_tax", "crm2", "a" * 40])
def test_a_plain_name_is_allowed(name: str) -> None:
    assert check_module_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "Billing", "2crm", "_x", "sales-tax", "sales.tax", "a b", "b\n", "bïlling", "a" * 41, "../etc", "/auth"],
)
def test_a_name_that_fits_no_path_is_refused(name: str) -> None:
    with pytest.raises(ModuleNameInvalid):
        check_module_name(name)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_name_of_the_hub_is_refused(name: str) -> None:
    with pytest.raises(ModuleNameInvalid) as raised:
        check_module_name(name)
    assert str(raised.value) == (
        f"'{name}' is no name for a module\n"
        "cause: the hub keeps this name for itself\n"
        "remedy: Rename the entry point in the group hub.modules of the module's pyproject.toml"
    )
