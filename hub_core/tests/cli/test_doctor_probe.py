"""``hub doctor`` says whom modules run as when they are probed: one process for each state it can be in."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hub_core.loading.other_user import OtherUser
from hub_core.tests.cli.hub_processes import PROGRAM, environment
from hub_core.tests.loading.test_probe_as_other_user import without
from hub_core.tests.sample_modules import SampleModules

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can take rights from a process"
)
_CAP_DAC_READ_SEARCH, _CAP_KILL, _CAP_SETUID = 2, 5, 7
_CLONE_NEWUSER = 0x10000000
_OUTSIDER = OtherUser(user=2**30 + 2, group=2**30 + 2, is_alone=False, reads_all=True)
_NOTHING: Callable[[], None] = lambda: None  # noqa: E731


def said(folder: Path, before: Callable[[], None] = _NOTHING, path: Path | None = None) -> dict[str, str]:
    """What a hub says of the probe that ``before`` made another process of."""
    folder.chmod(0o777)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "doctor", "--json"],
        cwd=folder,
        env=environment(path),
        preexec_fn=before,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    told: list[dict[str, str]] = json.loads(ran.stdout)
    (found,) = [each for each in told if each["check"] == "probe"]
    return found


@needs_root
def test_as_root_modules_are_probed_as_a_user_that_nothing_belongs_to(tmp_path: Path) -> None:
    found = said(tmp_path)
    assert (found["level"], found["code"]) == ("ok", "probe_as_other_user")


@needs_root
@pytest.mark.parametrize(
    ("right", "why"),
    [
        (_CAP_SETUID, "this process may not become another user: Operation not permitted"),
        (_CAP_KILL, "this process may not end those of another user"),
    ],
    ids=["SETUID", "KILL"],
)
def test_root_without_a_capability_it_takes_is_warned(right: int, why: str, tmp_path: Path) -> None:
    found = said(tmp_path, without(right))
    assert (found["level"], found["code"]) == ("warning", "probe_as_root")
    assert f"with the rights of root, as {why}: what a module does" in found["text"]
    assert "the capabilities SETUID, SETGID, KILL, CHOWN and DAC_READ_SEARCH" in found["remedy"]


@needs_root
def test_modules_that_only_root_may_read_are_named(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("closed").chmod(0o700)
    found = said(tmp_path, without(_CAP_DAC_READ_SEARCH), samples.site)
    assert found["code"] == "probe_as_root"
    assert "as another user may not read /" in found["text"]


def test_who_is_not_root_is_told_what_a_module_may_do(tmp_path: Path) -> None:
    found = said(tmp_path, _OUTSIDER.become) if os.geteuid() == 0 else said(tmp_path)
    assert (found["level"], found["code"]) == ("ok", "probe_as_same_user")
    assert "whose files and programs are within their reach" in found["text"]


def in_a_container() -> None:
    """Be root of a few users only, as in a container: there is none with a number as high as the probe's."""
    library, here = ctypes.CDLL(None, use_errno=True), os.getpid()
    inside, entered = os.pipe()
    if os.fork() == 0:
        with suppress(BaseException):
            os.read(inside, 1)
            for kind in ("uid", "gid"):
                Path(f"/proc/{here}/{kind}_map").write_text("0 0 65536")
        os._exit(0)
    if library.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "no namespace of users")
    os.write(entered, b"!")
    os.wait()


def has_containers() -> bool:
    """Whether this system lets root make a namespace of users."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(["true"], preexec_fn=in_a_container, check=False).returncode == 0
    return False


@needs_root
def test_in_a_container_with_few_users_it_is_nobody(tmp_path: Path) -> None:
    if not has_containers():
        pytest.skip("this system makes no namespaces of users")
    found = said(tmp_path, in_a_container)
    assert (found["level"], found["code"]) == ("ok", "probe_as_nobody")
    assert "other programs that run as nobody are within their reach" in found["text"]
