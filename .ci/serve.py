"""Run the README's first command as a person would: wait for ``ready``, use the token, press Ctrl-C.

Standard library only: it runs before anything is installed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

SECONDS = 300
STOPPED = (0, 130)


def status_of(url: str, token: str | None) -> tuple[int, str]:
    """Ask for ``url``: the status and the body."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def main(command: str) -> None:
    started = time.monotonic()
    process = subprocess.Popen(
        ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    alarm = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    said: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        label, _, rest = line.strip().partition(": ")
        print("   ", f"{label}: …" if label == "token" else line.rstrip(), flush=True)
        if label in ("ready", "token"):
            said[label] = rest
        if said.keys() == {"ready", "token"}:
            break
    else:
        sys.exit(f"the command ended with {process.wait()} before it was ready")
    print(f"ready after {time.monotonic() - started:.0f} s")

    url = f"{said['ready']}/api/v1/modules"
    status, body = status_of(url, said["token"])
    assert status == 200, f"{status} {body}"
    answer = json.loads(body)
    modules = answer if isinstance(answer, list) else answer["items"]
    states = {module["name"]: module["state"] for module in modules}
    assert states.keys() >= {"billing", "notes", "payments"}, states
    assert {states[name] for name in ("billing", "notes", "payments")} == {"enabled"}, states
    assert status_of(url, None)[0] == 401, "without the token everyone may ask"

    os.killpg(process.pid, signal.SIGINT)
    process.stdout.read()
    code = process.wait()
    alarm.cancel()
    assert code in STOPPED, f"after Ctrl-C the command ended with {code}"
    print(f"serves {', '.join(sorted(states))}; refuses without the token; ended with {code} after Ctrl-C")


main(sys.argv[1])
