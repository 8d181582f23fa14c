"""``hub`` with every statement at the drivers written to the file that ``BENCH_STATEMENTS`` names, a line each.

The reading of tokens, which comes every few seconds whether there are requests or not, is put off.
"""

import os
import sys

from hub_core.cli.main import main
from hub_core.runtime import following
from hub_core.tests.driver_statements import driver_statements

if __name__ == "__main__":
    _file = os.open(os.environ["BENCH_STATEMENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    following.EVERY_SECONDS = 3600
    with driver_statements(lambda text: os.write(_file, f"{' '.join(text.split())}\n".encode())):
        sys.exit(main())
