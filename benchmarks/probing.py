"""The cold probe of many modules, beside a new interpreter for each."""

import statistics
import time

from benchmarks.distributions import module_name
from benchmarks.processes import command_runs
from benchmarks.sites import Site, Sites, path_of
from benchmarks.timing import Comparison, print_comparison
from hub_core.loading import probe_modules
from hub_core.operations.environment import situation
from hub_core.operations.recorded_state import registry_connection
from hub_core.resolution import Resolution
from hub_core.settings import HubSettings, read_settings

COUNT = 100
QUARTERS = 4
IMPORT = "import fastapi, sqlalchemy.orm, {name}.routes.api.items, {name}.models, {name}.config"


async def probing(sites: Sites) -> None:
    """The interpreters are started in quarters between the probes, so that both see the same minutes of the machine."""
    site = sites[COUNT]
    settings = read_settings(site.home)
    with path_of(site), registry_connection(settings) as connection:
        resolution = situation(connection, settings, applies_document=False).resolution
    probes, interpreters = [], 0.0
    for quarter in range(QUARTERS):
        probes.append(_probe(site, settings, resolution))
        started = time.perf_counter()
        for number in range(quarter, COUNT, QUARTERS):
            await command_runs("python", "-c", IMPORT.format(name=module_name(number)), variables=site.variables)(1)
        interpreters += time.perf_counter() - started
    one, other = f"the probe of {COUNT} modules", f"{COUNT} new interpreters that import FastAPI, SQLAlchemy and one"
    print_comparison(
        Comparison(title="Cold probe", medians={other: interpreters, one: statistics.median(probes)}),
        (one, other, "goal ≤ 0.2"),
    )


def _probe(site: Site, settings: HubSettings, resolution: Resolution) -> float:
    """What ``hub up`` does without what it has remembered: each wanted module in a process of its own."""
    names = [module_name(number) for number in range(site.count)]
    with path_of(site):
        started = time.perf_counter()
        answers = probe_modules(resolution, settings.areas, names=names, settings={name: {} for name in names})
        seconds = time.perf_counter() - started
    assert len(answers) == site.count
    assert all(answer.is_well for answer in answers)
    return seconds
