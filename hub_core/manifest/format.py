"""The format of ``hub-module.toml``: every key, once. The parser, the JSON Schema and the reference follow from it."""

from typing import Any, Final

from .names import LONGEST_NAME, NAME
from .shape import Choice, Either, Flag, Key, ListOf, MapOf, Table, Text

_PERMISSION_NAME = Text(pattern=rf"{NAME}(\.{NAME})+", says="a permission such as billing.invoice.read", longest=120)
MODULE_NAME: Final = Text(pattern=NAME, says="the name of a module", longest=LONGEST_NAME)
_POINT_NAME = Text(pattern=NAME, says="the name of an extension point", longest=80)
_LINE = Text()
_MODEL_NAME = Text(
    pattern=rf"{NAME}\.[A-Za-z_][A-Za-z0-9_]*", says="a model of another module, such as billing.Invoice", longest=120
)
_ROUTE_NAME = Text(
    pattern=rf"{NAME}:[!-~]+", says="a route of another module, such as billing:show_invoice", longest=160
)
_FIELD_NAME = Text(pattern=r"[A-Za-z][A-Za-z0-9_]*", says="the name of a field", longest=63)

FORMAT: Final = Table(
    {
        "title": Key(shape=_LINE, about="What people call the module. Default: its name, capitalised."),
        "summary": Key(shape=_LINE, about="One line on what it does. Default: the summary of its distribution."),
        "category": Key(
            shape=Text(says="a line of at most 40 characters", longest=40),
            about="The shelf it stands on in listings. Default: Other.",
        ),
        "tier": Key(
            shape=Choice(("core", "optional", "internal")),
            about="core: every hub has it; optional: chosen; internal: there for other modules. Default: optional.",
        ),
        "application": Key(shape=Flag(), about="Whether people use it by itself. Default: false."),
        "auto_install": Key(
            shape=Either(Flag(), ListOf(MODULE_NAME)),
            about="Glue: it appears when all modules it requires are enabled, or those of them that are named. Default: false.",
        ),
        "after": Key(
            shape=ListOf(MODULE_NAME),
            about="Modules this one is ordered behind when they run too; it does not require them.",
        ),
        "binaries": Key(
            shape=ListOf(Text(pattern=r"[A-Za-z0-9][A-Za-z0-9._+-]*", says="the name of a program", longest=80)),
            about="Programs it calls; each must be found on PATH.",
        ),
        "table_prefix": Key(
            shape=Text(pattern=r"[a-z][a-z0-9_]*_", says="lower-case and ends with an underscore", longest=42),
            about="What the names of its tables begin with. Default: its name and an underscore.",
        ),
        "permissions": Key(
            shape=ListOf(
                Table(
                    {
                        "name": Key(
                            shape=_PERMISSION_NAME,
                            about="In full, beginning with the module's name: billing.invoice.read.",
                            required=True,
                        ),
                        "title": Key(shape=_LINE, about="What holding it allows.", required=True),
                    }
                )
            ),
            about="The rights this module defines.",
        ),
        "menus": Key(
            shape=ListOf(
                Table(
                    {
                        "label": Key(shape=_LINE, about="The text of the entry.", required=True),
                        "path": Key(
                            shape=Text(pattern=r"/[A-Za-z0-9_./~-]+", says="a path such as /billing/invoices"),
                            about="Where it leads: below /<module>, with an area below /<area>/<module>.",
                            required=True,
                        ),
                        "permission": Key(
                            shape=_PERMISSION_NAME, about="Who sees it: a permission of this module. Default: everyone."
                        ),
                        "area": Key(shape=MODULE_NAME, about="The area whose menu it stands in. Default: none."),
                    }
                )
            ),
            about="Entries of the navigation.",
        ),
        "extension_points": Key(
            shape=MapOf(
                key=_POINT_NAME,
                value=Text(pattern=r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}", says='a version such as "1.0"'),
            ),
            about="The extension points it publishes, with versions. A name begins with the module's.",
        ),
        "implements": Key(
            shape=MapOf(
                key=_POINT_NAME,
                value=Text(pattern=r"[ -~]*[0-9][ -~]*", says='a version range such as ">=1.0,<2"'),
            ),
            about="The extension points of other modules it implements, with the range of versions it was written for.",
        ),
        "extends": Key(
            shape=ListOf(
                Table(
                    {
                        "model": Key(
                            shape=_MODEL_NAME,
                            about="The model, with its module, which this one requires: billing.Invoice.",
                            required=True,
                        ),
                        "fields": Key(
                            shape=ListOf(_FIELD_NAME), about="The fields its rows get from this module.", required=True
                        ),
                    }
                )
            ),
            about="The models of other modules it adds fields to.",
        ),
        "overrides": Key(
            shape=ListOf(
                Table(
                    {
                        "route": Key(
                            shape=_ROUTE_NAME,
                            about="The module, which this one requires, and the name of the route: billing:show_invoice.",
                            required=True,
                        )
                    }
                )
            ),
            about="The HTTP routes of other modules it wraps.",
        ),
    }
)


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a manifest.

    It knows the shape. What depends on the module, such as the prefix of a permission, the parser alone checks.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hub-module.toml",
        "description": "The static manifest of a hub module. Every key has a default; an empty file is valid.",
        **FORMAT.schema(),
    }
