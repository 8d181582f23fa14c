"""Fuzz one target with atheris for some seconds: ``python -m tests.soak.fuzz METADATA 60``.

Ends with an error at the first input that raises what it must not, or takes longer than :data:`LIMIT`; the input is
printed as a Python literal. Instrumented code takes several times as long as the same code in a hub.
"""

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

LIMIT = 0.5
LARGEST = 4096
INSTRUMENTED = ["hub_core", "packaging", "tomllib", "importlib_metadata"]


class TooSlow(Exception):
    """An input took longer than the limit, each of three times."""


class Fuzzed:
    """Runs a target with one input after another, and knows the slowest."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self.count = 0
        self.slowest = 0.0

    def __call__(self, data: bytes) -> None:
        self.count += 1
        try:
            seconds = self._seconds(data)
            if seconds > LIMIT:  # the machine may have had other things to do
                seconds = min(seconds, self._seconds(data), self._seconds(data))
            if seconds > LIMIT:
                raise TooSlow(f"{seconds:.2f} s")
        except BaseException as error:
            print(f"\n{type(error).__name__}: {error}\nHOSTILE = {data!r}", flush=True)
            raise
        if seconds > self.slowest:
            self.slowest = seconds
            print(f"slowest: {seconds * 1000:.1f} ms after {self.count} runs: {data[:100]!r}", flush=True)

    def _seconds(self, data: bytes) -> float:
        started = time.perf_counter()
        self._run(data)
        return time.perf_counter() - started


def main(name: str, seconds: str) -> None:
    """Fuzz the target ``name``; libFuzzer ends the process, so its files are left to whoever started it."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        targets = import_module("tests.soak.fuzz_targets")
    target = targets.TARGETS[name]
    made = Path(tempfile.mkdtemp())
    corpus, words = made / "corpus", made / "words"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_text(seed)
        target.run(seed.encode())
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-rss_limit_mb=2048", "-timeout=30"]
    options += [f"-artifact_prefix={made}/", f"-dict={words}", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], Fuzzed(target.run))
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
