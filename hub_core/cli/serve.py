"""``hub serve``: serve what is recorded, and change nothing."""

from pathlib import Path

from .printing import AsJson
from .serving import Server, free_socket
from .up import Host, Port


def command(host: Host = None, port: Port = None, as_json: AsJson = False) -> int:
    """Serve the enabled modules, and change nothing in the database.

    For every process but the first: `hub up` applies changes, `hub serve` only serves. A module with changes that were not
    applied is reported and not served.
    """
    from ..logs import set_up_logging
    from ..operations.standing_to_serve import standing_to_serve
    from ..settings import read_settings
    from .start_report import StartReport

    settings = read_settings(Path.cwd(), host=host, port=port)
    set_up_logging(settings)
    with free_socket(settings.host, settings.port) as listening:
        standing, errors = standing_to_serve(settings)
        server = Server(settings, standing, listening)
        report = StartReport(server.hub, errors)
        server.on_ready = report.print_json if as_json else report.print
        return server.run()
