"""What a request needed is gone with it: circles wait for the garbage collector, which stops everybody to look for them."""

import gc

from starlette.types import Message, Scope

from hub_core.testing.running_hub import RunningHub


async def test_a_request_leaves_no_circle_of_objects(sqlite_hub: RunningHub) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        pass

    async def ask(path: str) -> None:
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
            "client": None, "server": None,
        }  # fmt: skip
        await sqlite_hub.app(scope, receive, send)

    for path in ("/health/live", "/api/v1/nothing/at/all"):
        await ask(path)
        gc.collect()
        gc.disable()
        try:
            for _ in range(100):
                await ask(path)
            assert gc.collect() < 100
        finally:
            gc.enable()
