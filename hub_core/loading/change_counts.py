"""Whether dictionaries and lists changed, told without touching them.

A forked process copies each page of memory it writes to, and Python writes to whatever it looks at: it counts references.
To look at a thousand objects that way takes longer than most imports. So these functions read what CPython itself notes
about a change, and nothing else. Where it notes nothing they give nothing, and who asks looks at the objects.
"""

import ctypes
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

Counts = tuple[int, ...]
_WORD: Final = 8
_IS_READABLE: Final = sys.implementation.name == "cpython" and ctypes.sizeof(ctypes.c_void_p) == _WORD
_SIZE: Final = 2 * _WORD
"""Where a list has its length: behind the number of references and its type."""
_VERSION: Final = 3 * _WORD
"""Where a dictionary has its version: behind those and its length."""


def counters(spaces: Sequence[dict[str, Any]], lists: Sequence[list[Any]] = ()) -> Callable[[], Counts]:
    """What gives for each of ``spaces`` another number after each change of it (PEP 509), then the lengths of ``lists``.

    Gives nothing at all where not all changes are counted: Python 3.13 does not count those of an object's own attributes.
    """
    if not _IS_READABLE or sys.version_info >= (3, 13):
        return tuple
    tried: dict[str, Any] = {"name": 1}
    counter = _read((tried,), ([0, 0],))
    first, tried["name"] = counter(), 2
    is_counted = first[0] != counter()[0] == counter()[0] and first[1] == 2
    return _read(spaces, lists) if is_counted else tuple


def _read(spaces: Iterable[dict[str, Any]], lists: Iterable[list[Any]]) -> Callable[[], Counts]:
    places = [*(id(each) + _VERSION for each in spaces), *(id(each) + _SIZE for each in lists)]
    indexes = [place // _WORD for place in places]
    words = (ctypes.c_uint64 * 2**59).from_address(0)  # all of the memory, of which only these places are read
    if len(indexes) > 1:
        return partial(itemgetter(*indexes), words)
    return lambda: tuple(words[each] for each in indexes)  # ``itemgetter`` gives no tuple then


def identities(names: Sequence[str]) -> Callable[[Mapping[str, Any]], list[int | None]]:
    """What gives for a dictionary the ``id`` of what each of ``names`` stands for in it; ``None`` where nothing does."""
    addresses = list(map(id, names))

    def read(space: Mapping[str, Any]) -> list[int | None]:
        if _IS_READABLE and type(space) is dict:
            return list(map(_address, repeat(id(space)), addresses))
        return [id(space[name]) if name in space else None for name in names]

    return read


_address: Final = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(
    ("PyDict_GetItem", ctypes.pythonapi)
)
"""Of the addresses of a dictionary and of a name gives that of the item: its ``id``, and not the item."""
