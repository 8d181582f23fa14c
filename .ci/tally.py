"""Add up the test reports of one run and print the one line that says how many tests passed and failed."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(folder: Path, others: int) -> None:
    """Sum the reports in ``folder``; ``others`` is what passed before and has no report."""
    total = failed = skipped = 0
    for report in sorted(folder.glob("*.xml")):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            counts = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
            print(f"{report.stem}: {counts['tests']} tests, {counts['failures'] + counts['errors']} failed")
            total += counts["tests"]
            failed += counts["failures"] + counts["errors"]
            skipped += counts["skipped"]
    print(f"{total - failed - skipped + others} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not total else 0)


main(Path(sys.argv[1]), int(sys.argv[2]))
