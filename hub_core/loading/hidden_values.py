"""Take the values somebody gave out of a text: one may be a secret, and a validator may say what it likes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

SHORTEST: Final = 4
"""Characters of the shortest value that is hidden; one that is shorter stands in half of all words."""
HIDDEN: Final = "***"


def without_values(text: str, values: Any) -> str:
    """``text`` with ``***`` for each of ``values``, nested ones too, however it is quoted and in capitals or not."""
    forms = sorted({form for value in _given(values) for form in _forms(value)}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, forms)), HIDDEN, text, flags=re.IGNORECASE) if forms else text


def _given(value: Any) -> Iterator[str]:
    """The single values as texts. The keys of mappings are names, which may be told; those of sets are values."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes):
        for each in value:
            yield from _given(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _forms(value: str) -> Iterator[str]:
    for form in (value, value.strip(), repr(value)[1:-1], json.dumps(value)[1:-1]):
        if len(form) >= SHORTEST:
            yield form
