"""``hub move`` beside a hub that serves: nothing is lost, and it goes on from the new place by itself."""

import time
from pathlib import Path
from typing import Any

from hub_core.database import parse_url
from hub_core.tests.cli.hub_processes import HubProcess, run_hub, serving
from hub_core.tests.runtime.test_placement import MODELS, REVISION, ROUTES, schemas
from hub_core.tests.sample_modules import SampleModules

PATIENCE_SECONDS = 40


def items(hub: HubProcess) -> Any:
    """What the module answers, once it answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    with hub.client() as client:
        while (answer := client.get("/api/v1/shop/items")).status_code != 200:
            assert (answer.status_code, time.monotonic() < until) == (503, True), answer.text
            time.sleep(0.1)
        return answer.json()


def test_tables_move_while_the_hub_serves(samples: SampleModules, database_url: str, tmp_path: Path) -> None:
    files = {"migrations/versions/1.py": REVISION, "models/__init__.py": MODELS, "routes/api/items.py": ROUTES}
    for name in ("shop", "shed"):
        samples.install(name, {path: content.replace("{name}", name) for path, content in files.items()})
    variables = {"HUB_DATABASE_URL": database_url}

    def hub(*arguments: str) -> tuple[int, str]:
        ran = run_hub(tmp_path, *arguments, path=samples.site, **variables)
        return ran.returncode, ran.stdout or ran.stderr

    with serving(tmp_path, "up", "--yes", path=samples.site, variables=variables) as served:
        with served.client() as client:
            client.post("/api/v1/shop/items?note=before").raise_for_status()
        if parse_url(database_url).kind == "sqlite":
            code, said = hub("move", "shop", "schema", "--yes")
            assert (code, "has no schemas" in said) == (1, True)
            assert items(served) == ["before"]
            return
        code, said = hub("move", "shop", "schema", "--dry-run")
        assert (code, said.splitlines()[0]) == (0, "1. move shop from placement shared to schema")
        assert schemas(database_url)["shop_item"] == "public"
        for place, schema in (("schema", "hub_shop"), ("shared", "public")):
            code, said = hub("move", "shop", place, "--yes")
            assert code == 0, said
            assert schemas(database_url) == {
                "shed_alembic_version": "public",
                "shed_item": "public",
                "shop_alembic_version": schema,
                "shop_item": schema,
            }
            assert items(served)[0] == "before"
            with served.client() as client:
                client.post(f"/api/v1/shop/items?note={place}").raise_for_status()
                assert client.get("/api/v1/shed/items").json() == []
        assert items(served) == ["before", "schema", "shared"]
        assert hub("move", "shop", "shared", "--yes") == (0, "nothing to do\n")
        assert served.process.poll() is None
