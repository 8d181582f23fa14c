"""Read and check ``hub-module.toml`` and module names. Pure: text in, values or faults out."""

from .values import Manifest, Menu, Permission, Tier

__all__ = ["Manifest", "Menu", "Permission", "Tier"]
