"""Put on ``PYTHONPATH`` of a watched command, so that the interpreter it becomes is watched from its first line on."""

import os

if "HUB_KILL_CROSSING" in os.environ:
    from hub_core.tests.kill.environments.crossing import arrive

    arrive()
