"""Let a quarantined module try again: what is held against it is forgotten."""

from ..database import DatabaseMissing, connect, parse_url
from ..registry import forget_failure, is_prepared
from ..settings import HubSettings
from .describing.probe_cache import forget
from .processes.restart_budget import release


def released(settings: HubSettings, module: str) -> bool:
    """Forget that processes died by a module, or that the probe did; whether there was anything to forget."""
    if not any([release(settings, module), forget(settings, module)]):
        return False
    try:
        with connect(parse_url(settings.effective_database_url)) as connection:
            if is_prepared(connection):
                forget_failure(connection, module)
                connection.commit()
    except DatabaseMissing:
        pass
    return True
