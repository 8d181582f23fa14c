"""What a manifest says, as values: the shape every other room reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.version import Version

Tier = Literal["core", "optional", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One right a module defines. ``name`` is full: ``billing.invoice.read``."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One entry of the navigation: shown to callers who hold ``permission``, in the menu of ``area``."""

    label: str
    path: str
    permission: str | None
    area: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of one ``hub-module.toml``, defaults filled in.

    ``auto_install`` makes it glue: it appears when all modules it requires, or those it names, are enabled. ``binaries``
    are programs it calls. ``after`` names modules this one is ordered behind when they run too. ``extension_points`` are published with
    versions, ``implements`` are points of other modules with the ranges this module was written for.
    """

    title: str
    summary: str | None
    category: str
    tier: Tier
    application: bool
    auto_install: bool | tuple[str, ...]
    after: tuple[str, ...]
    binaries: tuple[str, ...]
    table_prefix: str
    permissions: tuple[Permission, ...]
    menus: tuple[Menu, ...]
    extension_points: Mapping[str, Version]
    implements: Mapping[str, SpecifierSet]
