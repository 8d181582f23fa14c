"""Jinja for the hub's own pages and for those of modules, each module with its own folder and the hub's frame."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hub_hookspecs import ANONYMOUS

from ..manifest import Menu
from ..runtime import Hub
from .sign_in_address import SIGN_IN

if TYPE_CHECKING:
    import jinja2

    from .call import WebCall


class Templates:
    """One environment per module, made when its first page is rendered."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._environments: dict[str, jinja2.Environment] = {}

    def render(self, call: "WebCall", template: str, values: dict[str, Any]) -> str:
        """Render ``template`` of the module that answers ``call``; everything is escaped."""
        environment = self._environments.get(call.module) or self._make(call)
        shared = {
            "principal": call.principal,
            "signed_in": call.principal is not ANONYMOUS,
            "menus": tuple(self._menus(call)),
            "module": call.module,
            "path": call.path,
            "root": call.scope.get("root_path", ""),
            "sign_in": SIGN_IN,
        }
        return environment.get_template(template).render({**shared, **values})

    def _menus(self, call: "WebCall") -> Iterator[Menu]:
        for live in self._hub.modules.values():
            if live.failure is None:
                for menu in live.manifest.menus:
                    if menu.permission is None or call.principal.allows(menu.permission):
                        yield menu

    def _make(self, call: "WebCall") -> "jinja2.Environment":
        import jinja2  # here, because it takes 60 ms and many a hub never shows a page

        loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("hub_core.web", "templates")]
        if call.live is not None:
            loaders.insert(0, jinja2.FileSystemLoader(call.live.found.folder / "templates"))
        environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader(loaders), autoescape=True, undefined=jinja2.StrictUndefined
        )
        module = call.module
        prefix = "/static/hub/" if call.live is None else f"/static/modules/{module}/"
        environment.globals["static"] = lambda name: prefix + name
        self._environments[module] = environment
        return environment
