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
class Extends:
    """Fields that a module adds to a model of another one. ``model`` is full: ``billing.Invoice``."""

    model: str
    fields: tuple[str, ...]

    @property
    def module(self) -> str:
        """Whose model it is."""
        return self.model.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """A route of another module that a module wraps. ``route`` is full: ``billing:show_invoice``."""

    route: str

    @property
    def module(self) -> str:
        """Whose route it is."""
        return self.route.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of one ``hub-module.toml``, defaults filled in.

    ``auto_install`` makes it glue: it appears when all modules it requires, or those it names, are enabled. ``binaries``
    are programs it calls. ``after`` names modules this one is ordered behind when they run too. ``extension_points`` are published with
    versions, ``implements`` are points of other modules with the ranges this module was written for. ``extends`` and ``overrides`` are
    what it adds to the models and routes of modules it requires.
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
    extends: tuple[Extends, ...] = ()
    overrides: tuple[Overrides, ...] = ()

    @property
    def reaches_into(self) -> tuple[str, ...]:
        """The modules whose models or routes it changes, each once."""
        extended, wrapped = (each.module for each in self.extends), (each.module for each in self.overrides)
        return tuple(dict.fromkeys((*extended, *wrapped)))
