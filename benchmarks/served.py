"""What uvicorn serves in a benchmark over HTTP: ``BENCH_KIND`` says which contestant, ``BENCH_FOLDER`` its modules."""

import os
import sys
from pathlib import Path

from benchmarks.applications import bare_application, hub_over
from hub_core.web import application

_folder = Path(os.environ["BENCH_FOLDER"])
sys.path.insert(0, str(_folder))
app = application(hub_over(_folder)) if os.environ["BENCH_KIND"] == "hub" else bare_application()
