"""Types and SQL expressions as the Python of a revision file: portable, and without a name of the module's own code.

A revision outlives the code it was written beside, so it must not import it: a type the module defines is written as
what it is made of.
"""

import re
from typing import Any, Final

from sqlalchemy import Boolean, Enum, TypeDecorator
from sqlalchemy.schema import Computed, DefaultClause, Identity
from sqlalchemy.sql.elements import ClauseElement, False_, TextClause, True_
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import ARRAY, TypeEngine

from ...errors import HubError
from .dialects import KINDS, dialect

_LONGEST_NAME: Final = 63
"""Of PostgreSQL."""
_ARGUMENTS: Final = re.compile(r"\b(?:length|precision|scale)=(?=\d)")
_NOTHING: Final = re.compile(r", \w+=None|\w+=None(?:, )?|astext_type=Text\(\)(?:, )?|(?:, )?astext_type=Text\(\)")


class TypeNotPortable(HubError):
    """A column has a type that no revision file can name."""

    code = "type_not_portable"

    def __init__(self, kind: TypeEngine[Any]) -> None:
        named = f"{type(kind).__module__}.{type(kind).__qualname__}"
        super().__init__(
            f"the type {named} cannot be written into a revision",
            cause="it is neither one of SQLAlchemy's types nor a TypeDecorator made of them",
            remedy="Make it a TypeDecorator of one, or write the revision by hand",
        )
        self.named = named


def name_text(name: str) -> str:
    """The name of a constraint or an index; a long one is marked as one that PostgreSQL may shorten."""
    return literal(name) if len(name) <= _LONGEST_NAME else f"op.f({literal(name)})"


def literal(value: object) -> str:
    """A value as it stands in a program, texts in double quotes as the formatter has them."""
    if not isinstance(value, str):
        return repr(value)
    plain = repr(str(value))
    if plain[0] == '"' or '"' in plain or "\\" in plain:
        return plain
    return f'"{plain[1:-1]}"'


def type_text(kind: TypeEngine[Any]) -> str:
    """The call that makes the type, such as ``sa.Numeric(6, 5).with_variant(sa.String(8), "sqlite")``.

    :raises TypeNotPortable: for a type that is made of none of SQLAlchemy's.
    """
    base, variants = _made_of(kind)
    text = _called(base)
    if isinstance(base, Enum) and ".with_variant(" in text:
        variants.pop("postgresql", None)
    for name, variant in variants.items():
        if _called(variant) != text:
            text += f".with_variant({_called(variant)}, {literal(name)})"
    return text


def _made_of(kind: TypeEngine[Any]) -> tuple[TypeEngine[Any], dict[str, TypeEngine[Any]]]:
    variants = {name: _made_of(variant)[0] for name, variant in kind._variant_mapping.items()}
    while isinstance(kind, TypeDecorator) and not type(kind).__module__.startswith("sqlalchemy."):
        if type(kind).load_dialect_impl is not TypeDecorator.load_dialect_impl:
            made = {name: _plain(kind.load_dialect_impl(dialect(name))) for name in KINDS}
            base, _ = _made_of(made["postgresql"])
            return base, {"sqlite": _made_of(made["sqlite"])[0], **variants}
        kind = kind.impl_instance
        variants = {**{name: _made_of(variant)[0] for name, variant in kind._variant_mapping.items()}, **variants}
    return kind, variants


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """A type adapted to a dialect, as the one that names it for all; one that only that dialect has stays."""
    if type(kind).__module__.startswith("sqlalchemy.dialects.") and type(kind).__name__.startswith("_"):
        return kind.as_generic()
    return kind


def _called(kind: TypeEngine[Any]) -> str:
    if isinstance(kind, Enum):
        return _enum(kind)
    if isinstance(kind, Boolean):
        return "sa.Boolean()"  # a check that it makes for itself would have another name than that of the models
    if isinstance(kind, ARRAY):
        place = "postgresql" if type(kind).__module__.startswith("sqlalchemy.dialects.") else "sa"
        return f"{place}.ARRAY({type_text(kind.item_type)})"
    module = type(kind).__module__
    if module.startswith("sqlalchemy.dialects."):
        if type(kind).__name__.startswith("_"):
            return _called(kind.as_generic())
        place = module.split(".")[2]
    elif module.startswith("sqlalchemy."):
        place = "sa"
    else:
        raise TypeNotPortable(kind)
    return f"{place}.{_ARGUMENTS.sub('', _NOTHING.sub('', repr(kind)))}"


def _enum(kind: Enum) -> str:
    arguments = [*map(literal, kind.enums)]
    if kind.name:
        arguments.append(f"name={literal(str(kind.name))}")
    if not kind.native_enum:
        arguments += ["native_enum=False", f"length={kind.length}"]
    elif kind.name:
        # Copied as Alembic copies columns, sa.Enum forgets create_type=False, and every table would make the type anew.
        native = f"postgresql.ENUM({', '.join(arguments)}, create_type=False)"
        if type(kind).__module__.startswith("sqlalchemy.dialects.postgresql"):
            return native
        return f'sa.String({kind.length}).with_variant({native}, "postgresql")'
    return f"sa.Enum({', '.join(arguments)})"


def default_text(default: Any) -> str:
    """A server default as its argument: a text in quotes is a value, ``sa.text(…)`` an expression."""
    if isinstance(default, DefaultClause):
        default = default.arg
    if default is None or isinstance(default, str):
        return literal(default)
    if isinstance(default, True_ | False_):
        return "sa.true()" if isinstance(default, True_) else "sa.false()"
    return expression_text(default)


def is_generated(default: Any) -> bool:
    """Whether a column computes its value or counts it, which stands beside its type and not as a default."""
    return isinstance(default, Computed | Identity)


def generated_text(default: Any) -> str:
    """``sa.Computed(…)`` or ``sa.Identity(…)``."""
    if isinstance(default, Computed):
        persisted = "" if default.persisted is None else f", persisted={default.persisted}"
        return f"sa.Computed({literal(sql_text(default.sqltext))}{persisted})"
    options = {"always": default.always, "start": default.start, "increment": default.increment}
    return f"sa.Identity({', '.join(f'{name}={value}' for name, value in options.items() if value is not None)})"


def expression_text(expression: Any) -> str:
    """An SQL expression: as text where both databases write it alike, else as the function it calls."""
    if isinstance(expression, TextClause):
        return f"sa.text({literal(expression.text)})"
    texts = {sql_text(expression, name) for name in KINDS}
    if len(texts) > 1 and isinstance(expression, FunctionElement) and not list(expression.clauses):
        return f"sa.func.{getattr(expression, 'name', '')}()"
    return f"sa.text({literal(sql_text(expression))})"


def sql_text(expression: Any, kind: str = "postgresql") -> str:
    """The SQL of an expression, values in place and columns without their table."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, TextClause):
        return expression.text
    assert isinstance(expression, ClauseElement)
    compiler = dialect(kind).ddl_compiler(dialect(kind), None)  # type: ignore[arg-type]
    return str(compiler.sql_compiler.process(expression, include_table=False, literal_binds=True)).replace("%%", "%")
