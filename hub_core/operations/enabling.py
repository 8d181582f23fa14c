"""Let a quarantined module try again."""

from ..database import DatabaseMissing, connect, parse_url
from ..errors import HubError
from ..manifest import did_you_mean
from ..registry import forget_failure, is_prepared
from ..settings import HubSettings
from .installed import installed_catalog
from .probe_cache import forget
from .restart_budget import release


class NotQuarantined(HubError):
    """A module that is not quarantined cannot be let out of it."""

    code = "not_quarantined"

    def __init__(self, module: str, known: list[str]) -> None:
        is_known = module in known
        super().__init__(
            f"{module} is not quarantined",
            cause=None if is_known else f"no module of that name is installed{did_you_mean(module, known)}",
            remedy=f"See in which condition it is: hub show {module}" if is_known else "See the modules: hub list",
        )


def enable(settings: HubSettings, module: str) -> None:
    """Forget what is held against a module: that processes died by it, or that the probe did.

    :raises NotQuarantined: when there is nothing.
    """
    forgotten = [release(settings, module), forget(settings, module)]
    if not any(forgotten):
        raise NotQuarantined(module, sorted(found.name for found in installed_catalog(settings).modules))
    try:
        with connect(parse_url(settings.effective_database_url)) as connection:
            if is_prepared(connection):
                forget_failure(connection, module)
                connection.commit()
    except DatabaseMissing:
        pass
