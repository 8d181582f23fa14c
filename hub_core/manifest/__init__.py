"""Read and check ``hub-module.toml``, module names and version texts. Pure: text in, values or faults out."""

from .format import MODULE_NAME, manifest_schema
from .names import RESERVED_NAMES, ModuleNameInvalid, check_module_name
from .parse import LARGEST_MANIFEST, MANIFEST_FILE, ManifestInvalid, parse_manifest
from .shape import Choice, Flag, Key, MapOf, Table, Text, did_you_mean, first_ones, shown
from .values import Extends, Manifest, Menu, Overrides, Permission, Tier
from .versions import TextInvalid, range_text, read_range, read_requirement, read_version

__all__ = [
    "LARGEST_MANIFEST",
    "MANIFEST_FILE",
    "MODULE_NAME",
    "RESERVED_NAMES",
    "Choice",
    "Extends",
    "Flag",
    "Key",
    "Manifest",
    "ManifestInvalid",
    "MapOf",
    "Menu",
    "ModuleNameInvalid",
    "Overrides",
    "Permission",
    "Table",
    "Text",
    "TextInvalid",
    "Tier",
    "check_module_name",
    "did_you_mean",
    "first_ones",
    "manifest_schema",
    "parse_manifest",
    "range_text",
    "read_range",
    "read_requirement",
    "read_version",
    "shown",
]
