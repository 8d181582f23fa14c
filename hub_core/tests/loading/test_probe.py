"""The probe: whatever a module does when it is imported, it does it elsewhere, and what is told names it."""

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from hub_core.catalog import read_catalog
from hub_core.loading import Limits, Probed, ProbeUnavailable, probe_modules
from hub_core.resolution import Resolution, resolve
from hub_core.tests.sample_modules import SampleModules

AREAS = ("admin",)
SHORT = Limits(seconds=1)
PATIENT = Limits(seconds=20, memory_mb=1024)
HOOK = "from hub_hookspecs import hookimpl\n@hookimpl\n"


def resolution() -> Resolution:
    """Of the modules of the test; those of this repository take longer and say nothing here."""
    whole = resolve(read_catalog(), contract=Version("1.0"))
    return replace(
        whole, order=tuple(name for name in whole.order if whole.modules[name].package.startswith("sample_"))
    )


def probed(limits: Limits = PATIENT) -> dict[str, Probed]:
    return {each.module: each for each in probe_modules(resolution(), AREAS, limits=limits)}


def is_running(process: int) -> bool:
    """Whether a process runs; one that ended and that nobody has asked about does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(process: int) -> None:
    until = time.monotonic() + 10
    while is_running(process):
        assert time.monotonic() < until, f"process {process} still runs"
        time.sleep(0.02)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that everybody may write to, as the user whom modules run as."""
    tmp_path.chmod(0o777)
    return tmp_path


def test_a_module_is_described_and_not_imported_here(samples: SampleModules) -> None:
    samples.install(
        "shop",
        {
            "routes/api/items.py": """\
                from fastapi import APIRouter
                from hub_hookspecs.web import public, requires
                router = APIRouter()
                @router.get("/items", dependencies=[public()])
                async def items(): ...
                @router.post("/items", dependencies=[requires("shop.write")])
                async def create(): ...
                @router.websocket("/live", dependencies=[public()])
                async def live(): ...
                """,
            "models.py": """\
                from hub_hookspecs.database import module_metadata
                from sqlalchemy import Column, Integer, Table
                from sqlalchemy.orm import DeclarativeBase
                class Base(DeclarativeBase):
                    metadata = module_metadata("shop")
                Table("shop_item", Base.metadata, Column("id", Integer, primary_key=True))
                """,
            "config.py": "from pydantic import BaseModel\nclass Settings(BaseModel): ...",
            "__init__.py": f"{HOOK}def hub_services(): return {{}}",
        },
        manifest='[[permissions]]\nname = "shop.write"\ntitle = "Write"\n',
    )
    shop = probed()["shop"]
    assert (shop.kind, shop.phase, shop.text) == ("described", "", "")
    assert shop.description is not None
    assert shop.surface is not None
    assert [(each.path, each.methods, each.permissions) for each in shop.surface.routes] == [
        ("/api/v1/shop/items", ("GET",), ()),
        ("/api/v1/shop/items", ("POST",), ("shop.write",)),
        ("/api/v1/shop/live", (), ()),
    ]
    assert shop.description.hooks == ("hub_services",)
    assert shop.description.tables == ("shop_item",)
    assert shop.description.has_settings
    assert 0 < shop.description.seconds <= shop.seconds
    assert "sample_shop" not in sys.modules
    assert Probed.from_json(shop.as_json()) == shop


ENDS = {
    "raises": ("raise ZeroDivisionError('at import')", "raised", "ZeroDivisionError: at import"),
    "exits in order": ("raise SystemExit(0)", "raised", "SystemExit: 0"),
    "interrupts": ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
    "cannot be told": (
        "class Odd(BaseException):\n    def __str__(self): raise ValueError\nraise Odd",
        "raised",
        "Odd",
    ),
    "ends the process": ("import os; os._exit(0)", "died", "it ended the process with exit code 0"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "killed", "killed by SIGSEGV"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "killed", "killed by SIGKILL"),
    "hangs": ("import time; time.sleep(60)", "slow", "took longer than 1 s"),
    "hangs and will not be ended": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)",
        "slow",
        "took longer than 1 s",
    ),
    "fills the memory": ("kept = bytearray(2**31)", "memory", "needed more than 1024 MB"),
    "closes every file": ("import os; os.closerange(3, 256)", "died", "it closed files that are not its own"),
    "takes the place of a closed file": (
        "import os; os.closerange(3, 256)\nkept = [open(__file__, 'r+') for _ in range(50)]",
        "died",
        "it closed files that are not its own",
    ),
    "writes into every file": (
        "import os\nfor number in range(3, 256):\n  try: os.write(number, b'[1, 2]\\n')\n  except OSError: pass",
        "died",
        "it wrote into the pipe",
    ),
    "asks on the terminal": ("input('password? ')", "raised", "EOFError: EOF when reading a line"),
    "opens the terminal": ("open('/dev/tty')", "raised", "OSError: "),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_how_a_module_ends_is_told_and_the_others_are_described(end: str, samples: SampleModules) -> None:
    code, kind, text = ENDS[end]
    package = samples.install("broken", {"__init__.py": code})
    samples.install("zealous", {"__init__.py": ""})
    answers = probed(SHORT if kind == "slow" else PATIENT)
    broken = answers["broken"]
    assert (broken.kind, broken.phase) == (kind, "import")
    assert broken.text.startswith(text)
    assert broken.description is None
    assert answers["zealous"].kind == "described", "it comes after the broken one"
    assert (package / "__init__.py").read_text() == code


@pytest.mark.parametrize(
    "code",
    [
        "import os\nfor _ in range(1024): os.write(1, b'x' * 2**20); os.write(2, b'x' * 2**20)",
        "import atexit, time\natexit.register(time.sleep, 60)",
        "import threading, time\nthreading.Thread(target=time.sleep, args=[0.05]).start()",
        "import subprocess\nsubprocess.Popen(['sleep', '0.05'])",
        "import os, sys\nif os.fork() == 0: os._exit(0)",
        "import sys; assert sys.argv == ['hub']",
    ],
    ids=["prints 2 GB", "at exit", "a short thread", "a short process", "a copy that ends", "arguments"],
)
def test_what_does_no_harm_is_no_failure(code: str, samples: SampleModules, capfd: pytest.CaptureFixture[str]) -> None:
    samples.install("loud", {"__init__.py": code})
    began = time.monotonic()
    loud = probed(Limits(seconds=20))["loud"]
    assert (loud.kind, loud.text) == ("described", "")
    assert time.monotonic() - began < 20
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


@pytest.mark.parametrize("hook", ["hub_routes", "hub_models", "hub_services"])
def test_the_phase_is_told_also_when_the_process_ends_in_it(hook: str, samples: SampleModules) -> None:
    samples.install("broken", {"__init__.py": f"{HOOK}def {hook}():\n    import os; os._exit(3)"})
    broken = probed()["broken"]
    assert (broken.phase, broken.text) == (hook.removeprefix("hub_"), "it ended the process with exit code 3")


def test_what_requires_a_failed_module_is_not_tried(samples: SampleModules, open_folder: Path) -> None:
    tried = open_folder / "tried"
    samples.install("below", {"__init__.py": "raise OSError"})
    samples.install("middle", requires=("sample-below",))
    samples.install("above", {"__init__.py": f"open({str(tried)!r}, 'w')"}, requires=("sample-middle",))
    answers = probed()
    assert (answers["middle"].kind, answers["middle"].text) == (
        "requirement",
        "needs below, which could not be brought up",
    )
    assert (answers["above"].kind, answers["above"].phase) == ("requirement", "requirements")
    assert "below" in answers["above"].text
    assert not tried.exists()


def test_required_modules_are_loaded_first_and_none_of_the_others(samples: SampleModules) -> None:
    samples.install("below", {"__init__.py": "names = []", "config.py": "raised = 1\nfrom pydantic import BaseModel\n"
                                                                        "class Settings(BaseModel): ..."})  # fmt: skip
    samples.install("beside")
    samples.install(
        "above",
        {
            "__init__.py": "import sys; assert 'sample_below.config' in sys.modules and 'sample_beside' not in sys.modules"
        },
        requires=("sample-below",),
    )
    assert probed()["above"].kind == "described"


def test_the_failure_of_a_requirement_that_does_not_fail_alone_names_it(
    samples: SampleModules, open_folder: Path
) -> None:
    once = open_folder / "once"
    code = f"import pathlib\nonce = pathlib.Path({str(once)!r})\nif once.exists(): raise OSError('again')\nonce.touch()"
    samples.install("below", {"__init__.py": code})
    samples.install("above", requires=("sample-below",))
    answers = probed()
    assert answers["below"].kind == "described"
    assert (answers["above"].phase, answers["above"].text) == (
        "requirements",
        "import of below, which it requires: OSError: again",
    )


def test_what_a_requirement_changes_counts_against_the_requirement(samples: SampleModules, open_folder: Path) -> None:
    once = open_folder / "once"
    code = (
        f"import json, pathlib\nonce = pathlib.Path({str(once)!r})\nif once.exists(): json.loads = None\nonce.touch()\n"
    )
    samples.install("below", {"__init__.py": code})
    samples.install("above", requires=("sample-below",))
    answers = probed()
    assert answers["below"].kind == "described"
    assert (answers["above"].phase, answers["above"].kind) == ("requirements", "changes")
    assert answers["above"].text == "import of below, which it requires: replaces json.loads"


def test_a_module_s_own_doings_are_no_changes(samples: SampleModules) -> None:
    code = """\
        import asyncio, gettext, json, logging, mimetypes, os, random, re, subprocess, sys, tempfile, uuid, warnings
        import concurrent.futures, decimal, email, http.server, multiprocessing, sqlite3, urllib.robotparser, xml.dom
        os.environ["SHOP_READY"] = "1"
        os.environ.setdefault("PATH", "")
        sys.path.append("/somewhere")
        class Finder:
            @staticmethod
            def find_spec(*of): return None
        sys.meta_path.append(Finder)
        own = logging.getLogger("shop")
        own.addHandler(logging.NullHandler())
        own.setLevel("DEBUG")
        logging.warning("shop is here")
        logging.addLevelName(5, "TRACE")
        warnings.filterwarnings("ignore", module="shop")
        warnings.simplefilter("always", DeprecationWarning)
        warnings.warn("old", DeprecationWarning)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
        asyncio.run(asyncio.sleep(0))
        mimetypes.guess_type("a.txt")
        tempfile.gettempdir()
        uuid.uuid1(), uuid.getnode()
        random.random()
        with decimal.localcontext() as context:
            context.prec = 5
        with concurrent.futures.ThreadPoolExecutor() as threads:
            threads.submit(re.compile, "a").result()
        subprocess.run(["true"], check=True)
        """
    samples.install("shop", {"__init__.py": code})
    shop = probed()["shop"]
    assert (shop.kind, shop.text) == ("described", "")


def test_limits_cannot_be_lifted(samples: SampleModules) -> None:
    code = """\
        from resource import *
        limits = {RLIMIT_NOFILE: 1024, RLIMIT_FSIZE: 2**26, RLIMIT_AS: 3 * 2**29, RLIMIT_CPU: 43, RLIMIT_CORE: 0}
        for limit, most in limits.items():
            assert 0 <= getrlimit(limit)[1] <= most, (limit, getrlimit(limit))
        """
    samples.install("shop", {"__init__.py": code})
    assert probed(PATIENT)["shop"].text == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is told whom to end first")
def test_should_memory_be_short_it_is_the_probed_process_that_goes(samples: SampleModules) -> None:
    samples.install("shop", {"__init__.py": "assert open('/proc/self/oom_score_adj').read() == '1000\\n'"})
    assert probed(PATIENT)["shop"].text == ""


@pytest.mark.parametrize("moves_away", [False, True])
@pytest.mark.parametrize(
    ("ending", "kind"),
    [("", "changes"), ("import os; os._exit(1)", "died"), ("import time; time.sleep(60)", "slow")],
)
def test_what_a_module_starts_ends_with_it(
    moves_away: bool, ending: str, kind: str, samples: SampleModules, open_folder: Path
) -> None:
    if moves_away and sys.platform != "linux":
        pytest.skip("only Linux gives daemons back to who probes")
    started = open_folder / "started"
    code = (
        f"import subprocess\nprocess = subprocess.Popen(['sleep', '300'], start_new_session={moves_away})\n"
        f"open({str(started)!r}, 'w').write(str(process.pid))\n{ending}"
    )
    samples.install("starter", {"__init__.py": code})
    assert probed(SHORT if kind == "slow" else PATIENT)["starter"].kind == kind
    wait_until_gone(int(started.read_text()))


def test_nothing_is_left_when_the_one_who_probes_is_killed(samples: SampleModules, open_folder: Path) -> None:
    started = open_folder / "started"
    samples.install(
        "endless",
        {"__init__.py": f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(300)"},
    )
    code = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "from hub_core.tests.loading.test_probe import probed; from hub_core.loading import Limits\n"
        "probed(Limits(seconds=300))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as asking:
        until = time.monotonic() + 30
        while not (started.exists() and started.read_text()):
            assert time.monotonic() < until
            time.sleep(0.05)
        child = int(started.read_text())
        assert is_running(child)
        asking.send_signal(signal.SIGKILL)
    wait_until_gone(child)


def test_a_module_cannot_ask_on_the_terminal_of_the_one_who_probes(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("asks", {"__init__.py": "open('/dev/tty').readline()"})
    told = tmp_path / "told"
    ours, theirs = pty.openpty()
    code = (
        f"import fcntl, os, sys, termios; sys.path[:] = {sys.path!r}\n"
        f"fcntl.ioctl(os.open({os.ttyname(theirs)!r}, os.O_RDWR), termios.TIOCSCTTY, 0); open('/dev/tty')\n"
        f"from hub_core.tests.loading.test_probe import probed; open({str(told)!r}, 'w').write(probed()['asks'].text)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, start_new_session=True)
    os.close(theirs)
    os.close(ours)
    assert told.read_text().startswith("OSError: [Errno 6]")


def test_the_helper_has_one_thread_when_it_forks() -> None:
    code = (
        "import os, threading, hub_core.loading.probe_helper as helper\n"
        "helper.warm_up()\n"
        "assert threading.active_count() == 1\n"
        "print(len(os.listdir('/proc/self/task')) if os.path.isdir('/proc/self/task') else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_module_beside_the_hub_does_not_stand_in_for_a_library(
    samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.install("shop")
    (tmp_path / "fastapi.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert probed()["shop"].kind == "described"


def test_a_helper_that_does_not_start_is_no_module_s_fault(
    samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.install("shop")
    (tmp_path / "fastapi.py").write_text("raise ImportError('a broken library')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(ProbeUnavailable) as raised:
        probed()
    assert raised.value.cause == "ImportError: a broken library"


def test_a_text_is_one_short_line_whatever_it_holds(samples: SampleModules) -> None:
    samples.install("broken", {"__init__.py": "raise OSError('\\x1b[31m two\\nlines \\ud800 ' + 'x' * 10**7)"})
    text = probed()["broken"].text
    assert text.startswith("OSError: [31m two lines xxx")
    assert len(text) == 400


def test_progress_is_told_in_load_order(samples: SampleModules) -> None:
    samples.install("below")
    samples.install("above", requires=("sample-below",))
    told: list[str] = []
    answers = probe_modules(resolution(), AREAS, on_probed=lambda each: told.append(each.module))
    assert told == [each.module for each in answers] == list(resolution().order)
    assert told.index("below") < told.index("above")


ENDS_SLOWLY = """
import json, os, tempfile, time
from hub_core.loading import Limits
from hub_core.loading.confinement import Confinement
from hub_core.loading.orphans import adopt_orphans
from hub_core.loading.probe_watch import Watch

os.dup2(os.pipe()[0], 0)
adopt_orphans()
with tempfile.TemporaryDirectory() as folder:
    confinement = Confinement.made(Limits(seconds=5), folder, [])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.write(writing, json.dumps({"description": {}, "surface": {}}).encode() + b"\\n")
        time.sleep(0.8)
        os._exit(0)
    os.close(writing)
    print(Watch("shop", child, reading, confinement).outcome()["kind"])
"""


def test_a_process_that_is_slow_to_end_on_a_busy_machine_is_not_one_that_was_left_behind() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS_SLOWLY], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "described\n", done.stderr
