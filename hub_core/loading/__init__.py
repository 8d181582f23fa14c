"""Loading: import a module, ask its hooks, and hold the answers against the contract before anything is served."""

from .loaded_module import LoadedModule, ModuleFailed, load
from .routes import FlatRoute, RouteNotGuarded, flat_routes

__all__ = ["FlatRoute", "LoadedModule", "ModuleFailed", "RouteNotGuarded", "flat_routes", "load"]
