"""The Python in these pages runs, page by page; the tutorial is followed by a test of its own."""

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["*.md"], excludes=["tutorial/*.md", "_build/**/*.md"]
).pytest()
