"""A module with two newest migrations; writes its name to ``HUB_TEST_IMPORT_LOG`` when it is imported."""

import os
from pathlib import Path

if log := os.environ.get("HUB_TEST_IMPORT_LOG"):
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{__name__}\n")
