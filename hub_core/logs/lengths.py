"""How long one line of the log may be, whatever is in it: a message, what ``extra`` adds, the text of an exception.

Measured is the line as it is written. Text is cut in its middle; of JSON the values are, since a line must stay one JSON object.
"""

import json
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

Event = MutableMapping[str, Any]

LONGEST_LINE: Final = 16 * 1024

_STEPS: Final = (4096, 1024, 256, 64)
_DEEPEST: Final = 8
_ALWAYS: Final = ("event", "level", "logger", "timestamp", "module", "request_id")


def short(value: Any) -> Any:
    """``value``, and its beginning where it is a text longer than a line."""
    return _begun(value, LONGEST_LINE) if isinstance(value, str) else value


def json_line(event: Event) -> str:
    """An event as JSON; values are cut to fewer and fewer characters until the line is short enough."""
    line = _render(event)
    if len(line) <= LONGEST_LINE:
        return line
    for longest in _STEPS:
        line = _render(_cut(event, longest, 0))
        if len(line) <= LONGEST_LINE:
            return line
    kept = {name: _cut(event[name], _STEPS[-1], 0) for name in _ALWAYS if name in event}
    return _render(kept)


def text_line(line: str) -> str:
    """Beginning and end of a text that is too long, where a traceback says most."""
    if len(line) <= LONGEST_LINE:
        return line
    end = LONGEST_LINE // 4
    return f"{line[: LONGEST_LINE - end]}… ({len(line)} characters) …{line[-end:]}"


def _render(event: Event) -> str:
    return json.dumps(event, default=_as_structlog_has_it)


def _as_structlog_has_it(value: Any) -> Any:
    try:
        return value.__structlog__()
    except AttributeError:
        return repr(value)


def _cut(value: Any, longest: int, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _begun(value, longest)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return _cut_mapping(value, longest, depth + 1)
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [_cut(each, longest, depth + 1) for each in _ends(value, longest // 32)]
    return _begun(repr(value), longest)


def _cut_mapping(value: Mapping[Any, Any], longest: int, depth: int) -> dict[str, Any]:
    names = [name for name in _ALWAYS if name in value]
    names += [name for name in value if name not in _ALWAYS][: longest // 32 + 8]
    return {_begun(str(name), longest): _cut(value[name], longest, depth) for name in names}


def _ends(values: list[Any] | tuple[Any, ...], most: int) -> list[Any]:
    """The first and the last of many: of a traceback, where it came from and where it happened."""
    if len(values) <= most:
        return list(values)
    half = most // 2
    return [*values[:half], f"… ({len(values)} entries)", *values[-half:]]


def _begun(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
