"""What was upgraded last and is named alone goes back to the release before, whether it brings a module or not."""

import pytest

from hub_core.operations.versions_before import VersionUnnamed, versions_before
from hub_core.planning import ModuleUnknown
from hub_core.registry import UNDONE
from hub_core.tests.operations.home import Home, switched


def test_a_library_goes_back_to_what_was_locked_before_its_last_upgrade(home: Home) -> None:
    for version in ("1.0", "2.0", "3.0"):
        switched(home, version)
    assert versions_before(home.settings, ["Shop"]) == ("Shop==2.0",)
    assert versions_before(home.settings, ["shop==1.0"]) == ("shop==1.0",)
    switched(home, "1.0", outcome=UNDONE)
    assert versions_before(home.settings, ["shop"]) == ("shop==2.0",)


def test_what_was_never_upgraded_has_no_release_before(home: Home) -> None:
    with pytest.raises(VersionUnnamed, match="no upgrade of hub-core is in the history"):
        versions_before(home.settings, ["hub-core"])
    switched(home, "1.0")
    with pytest.raises(VersionUnnamed, match="Say to which release: hub downgrade 'shop==VERSION'"):
        versions_before(home.settings, ["shop"])


def test_a_name_that_nothing_has_is_told_as_such(home: Home) -> None:
    with pytest.raises(ModuleUnknown, match="no module 'nosuch' is installed or recorded"):
        versions_before(home.settings, ["nosuch"])
