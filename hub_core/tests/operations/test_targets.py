"""What the names mean that `hub install` is given, beside modules and libraries that are installed already."""

from pathlib import Path

import pytest

from hub_core.catalog import Catalog, read_catalog
from hub_core.operations.choosing import DistributionBringsNothing
from hub_core.operations.targets import OlderRelease, installable, refuse_older_core, targets
from hub_core.packages import Asked
from hub_core.tests.cli.hub_processes import run_hub
from hub_core.tests.sample_modules import SampleModules


@pytest.fixture
def catalog(samples: SampleModules) -> Catalog:
    """The module ``notes`` of a distribution that is named as usual, ``bills`` of one that is not, and two libraries."""
    samples.install("notes", distribution="hub-module-notes")
    samples.install("bills", distribution="acme")
    for library in ("rich", "hub_core"):
        (samples.site / f"{library}-1.0.dist-info").mkdir()
        name = library.replace("_", "-")
        (samples.site / f"{library}-1.0.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"
        )
    return read_catalog([str(samples.site)])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("notes", "hub-module-notes"),
        ("notes>=1", "hub-module-notes>=1"),
        ("hub-module-notes", "hub-module-notes"),
        ("bills", "acme"),
        ("acme", "acme"),
        ("rich", "hub-module-rich"),
        ("rich==2", "hub-module-rich==2"),
        ("sales_tax", "hub-module-sales-tax"),
        ("sales-tax", "sales-tax"),
    ],
)
def test_a_name_means_a_module_unless_what_has_it_brings_one(catalog: Catalog, text: str, asked: str) -> None:
    assert targets(installable([text], catalog), catalog, before=Asked()).asked.requirements == (asked,)


def test_a_library_is_moved_by_an_upgrade_alone(catalog: Catalog) -> None:
    for text in ("rich", "hub-core==2.0"):
        assert targets([text], catalog, before=Asked()).asked.requirements == (text,)
    with pytest.raises(DistributionBringsNothing) as refused:
        installable(["notes", "hub-core==2.0"], catalog)
    assert str(refused.value.problem) == "hub-core brings no module"
    assert refused.value.remedy == (
        "To move it, which is installed already, to another release: hub upgrade hub-core==2.0"
    )


@pytest.mark.parametrize("looking", [(), ("--dry-run",)])
def test_hub_install_says_what_a_library_is_and_what_a_name_means(
    tmp_path: Path, samples: SampleModules, looking: tuple[str, ...]
) -> None:
    said = run_hub(tmp_path, "install", "hub-core", *looking, path=samples.site)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.splitlines() == [
        "error: hub-core brings no module",
        "cause: it has no entry point in the group hub.modules",
        "remedy: To move it, which is installed already, to another release: hub upgrade hub-core",
    ]
    if not looking:
        said = run_hub(tmp_path, "install", "rich", path=samples.site)
        assert said.returncode == 1
        assert "cause: hub-module-rich would have to be brought into it" in said.stderr


def test_an_upgrade_of_the_hub_goes_forward() -> None:
    refuse_older_core(["stock==0.0.1", "hub-core", "hub-core==999", "hub-core>=0.0.1", "./hub-core==0.0.1"])
    with pytest.raises(OlderRelease, match=r"hub-core 0\.0\.1 is older than the") as raised:
        refuse_older_core(["Hub_Core == 0.0.1"])
    assert raised.value.remedy == "Go back to it: hub downgrade hub-core==0.0.1"
