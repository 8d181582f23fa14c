"""Modules are probed as a user who may only read, where the hub runs as root: what they try beyond that fails."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_core.loading import Limits, Probed
from hub_core.loading.confinement import Confinement
from hub_core.loading.other_user import OtherUser
from hub_core.tests.loading.test_probe import probed
from hub_core.tests.sample_modules import SampleModules

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="rights to read are kept on Linux only"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]
_PR_CAPBSET_DROP = 24
_CAP_DAC_READ_SEARCH, _CAP_SETUID = 2, 7
OUTSIDER = OtherUser(user=2**30 + 1, group=2**30 + 1, is_alone=False, reads_all=True)


KEPT, LIBRARY = "{folder}/kept", "import ctypes; library = ctypes.CDLL(None, use_errno=True)\n"
ATTEMPTS = {
    "writes a file of root": f"open('{KEPT}', 'w').write('changed')",
    "adds to a file of root": f"open('{KEPT}', 'a').write('changed')",
    "writes into a file of root": f"open('{KEPT}', 'r+').write('changed')",
    "removes a file of root": f"os.remove('{KEPT}')",
    "opens a file of root to all": f"os.chmod('{KEPT}', 0o777)",
    "moves a file of root": f"os.rename('{KEPT}', '{{folder}}/moved')",
    "makes a file": "open('{folder}/new', 'w')",
    "makes a folder": "os.mkdir('{folder}/new')",
    "makes a link": "os.symlink('/', '{folder}/new')",
    **{
        f"{attempt} of {whose}": code.replace("PID", whom)
        for whose, whom in {"who asks": "{asking}", "who forks": "os.getppid()"}.items()
        for attempt, code in {
            "ends the process": "os.kill(PID, 9)",
            "stops the process": "os.kill(PID, 19)",
            "reads the environment": "open('/proc/%d/environ' % PID).read()",
            "reads the memory": "open('/proc/%d/mem' % PID, 'rb')",
            "opens the files": "open('/proc/%d/fd/1' % PID, 'wb')",
            "traces the process": f"{LIBRARY}if library.ptrace(16, PID, 0, 0): raise OSError(ctypes.get_errno(), 'no')",
            "limits the process": "import resource; resource.prlimit(PID, resource.RLIMIT_NOFILE, (1, 1))",
            "slows the process": "os.setpriority(os.PRIO_PROCESS, PID, 19)",
        }.items()
    },
    "becomes root": "os.setuid(0)",
    "joins a group": "os.setgroups([0])",
    "changes the root": "os.chroot('/')",
    "makes itself important": "os.nice(-5)",
    "makes a device": "os.mknod('null', 0o020666, os.makedev(1, 3))",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of root in which only one file is."""
    made = tmp_path_factory.mktemp("of_root")
    (made / "kept").write_text("as it was")
    (made / "kept").chmod(0o644)
    return made


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> dict[str, Probed]:
    """What came of all attempts, each by a module of its own."""
    samples = SampleModules(tmp_path_factory.mktemp("site"))
    for number, code in enumerate(ATTEMPTS.values()):
        text = code.replace("{folder}", str(folder)).replace("{asking}", str(os.getpid()))
        samples.install(f"attempt{number:02}", {"__init__.py": f"import os\n{text}\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(samples.site)
        found = probed()
    return {attempt: found[f"attempt{number:02}"] for number, attempt in enumerate(ATTEMPTS)}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_fails(attempt: str, answers: dict[str, Probed]) -> None:
    answer = answers[attempt]
    assert answer.kind == "raised", answer.text
    assert answer.text.startswith("PermissionError: "), answer.text


@pytest.mark.usefixtures("answers")
def test_what_belongs_to_root_is_as_it_was(folder: Path) -> None:
    assert [each.name for each in folder.iterdir()] == ["kept"]
    assert (folder / "kept").read_text() == "as it was"
    assert (folder / "kept").stat().st_mode & 0o777 == 0o644
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0


def test_programs_gain_no_rights(samples: SampleModules) -> None:
    samples.install("good", {"__init__.py": "assert 'NoNewPrivs:\\t1' in open('/proc/self/status').read()"})
    assert probed()["good"].text == ""


def test_a_module_reads_its_files_though_only_root_may(samples: SampleModules) -> None:
    package = samples.install(
        "closed",
        {
            "__init__.py": "import os, pathlib\nfrom . import other\ndata = pathlib.Path(__file__).with_name('data.txt')\n"
            "assert data.read_text() == 'read' and os.access(data, os.R_OK)",
            "other.py": "",
            "data.txt": "read",
        },
    )
    for file in package.iterdir():
        file.chmod(0o600)
    package.chmod(0o700)
    closed = probed()["closed"]
    assert (closed.kind, closed.text) == ("described", "")


def test_a_program_that_a_module_runs_reads_them_too(samples: SampleModules) -> None:
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', f'open({__file__!r})'], check=True)"
    samples.install("runs", {"__init__.py": code})
    assert probed()["runs"].text == ""


def test_what_a_module_writes_at_home_goes_with_it(
    samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    samples.install(
        "writer",
        {
            "__init__.py": """\
                import getpass, os, pathlib, tempfile
                assert list(pathlib.Path.home().iterdir()) == list(pathlib.Path.cwd().iterdir()) == []
                cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "shop")
                cache.mkdir(parents=True)
                (cache / "written").touch()
                pathlib.Path("here").touch()
                tempfile.mkdtemp()
                assert tempfile.gettempdir().startswith(REPLACED)
                getpass.getuser()
                """.replace("REPLACED", repr(str(temporary))),
        },
    )
    assert probed()["writer"].text == ""
    assert list(home.iterdir()) == list(temporary.iterdir()) == []


def test_folders_in_folders_by_the_thousand_go_too(
    samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os\nhere = os.getcwd()\nfor _ in range(3000):\n    os.mkdir('in')\n    os.chdir('in')\nos.chdir(here)"
    )
    samples.install("deep", {"__init__.py": code})
    try:
        assert probed()["deep"].text == ""
        assert list(tmp_path.iterdir()) == []
    finally:  # pytest itself could not remove them
        subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def probed_elsewhere(samples: SampleModules, told: Path, before: Callable[[], None]) -> tuple[dict[str, Probed], str]:
    """What a hub finds that ``before`` made another process of, and what it logs."""
    told.parent.chmod(0o777)
    code = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        "import json, logging; logging.basicConfig()\n"
        "from hub_core.tests.loading.test_probe import probed, Limits\n"
        "answers = {name: each.as_json() for name, each in probed(Limits(seconds=5, memory_mb=1024)).items()}\n"
        f"open({str(told)!r}, 'w').write(json.dumps(answers))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=before,
        env={name: value for name, value in os.environ.items() if name == "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(told.read_text())
    return {name: Probed.from_json(each) for name, each in answers.items()}, ended.stderr


def without(right: int) -> Callable[[], None]:
    """Take a right from a process and from all that it starts."""

    def take() -> None:
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, right, 0, 0, 0)

    return take


def test_where_root_may_not_become_another_user_it_says_so_and_goes_on(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("bad", {"__init__.py": "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)"})
    samples.install("good")
    answers, log = probed_elsewhere(samples, tmp_path / "told", without(_CAP_SETUID))
    assert log == (
        "WARNING:hub_core.loading.probe:modules are probed with the rights of root: "
        "this process may not become another user: Operation not permitted\n"
    )
    assert (answers["bad"].kind, answers["bad"].text) == ("died", "it ended the process that watched it")
    assert answers["good"].kind == "described"


def test_where_modules_could_not_be_read_they_are_probed_as_root(samples: SampleModules, tmp_path: Path) -> None:
    package = samples.install("closed")
    package.chmod(0o700)
    answers, log = probed_elsewhere(samples, tmp_path / "told", without(_CAP_DAC_READ_SEARCH))
    assert "modules are probed with the rights of root: another user may not read /" in log
    assert answers["closed"].kind == "described"


def test_who_is_not_root_stays_who_he_is(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("forks", {"__init__.py": "import os\nwhile True: os.fork()"})
    samples.install("good")
    samples.install("kills", {"__init__.py": "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)"})
    samples.install("last")
    answers, log = probed_elsewhere(samples, tmp_path / "told", OUTSIDER.become)
    assert log == ""
    assert answers["forks"].kind in {"raised", "slow"}, "256 processes may take longer than it may"
    assert answers["kills"].text == "it ended the process that watched it"
    assert answers["good"].kind == answers["last"].kind == "described"


def test_the_number_of_processes_is_limited_only_where_it_can_be(tmp_path: Path) -> None:
    confinement = Confinement.made(Limits(), str(tmp_path), ())
    assert confinement.processes == 64
    assert confinement.user is not None
    assert confinement.user.user >= 2**30
    assert tmp_path.stat().st_mode & 0o777 == 0o711
    os.close(confinement.nothing)
