"""A parser of as much of Graphviz's DOT language as tests need, after its published grammar; anything else is an error."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*(?:("(?:\\.|[^"\\])*")|([A-Za-z_][A-Za-z0-9_]*|-?[0-9.]+)|(->|[{}\[\]=;,]))', re.DOTALL)


@dataclass
class Drawn:
    """Nodes by id and edges in order, with their attributes."""

    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)


def parse_dot(text: str) -> Drawn:
    """Read ``digraph name { … }``."""
    tokens = _tokens(text)
    drawn = Drawn()
    assert [tokens.pop(0) for _ in range(3)][::2] == ["digraph", "{"]
    while (first := tokens.pop(0)) != "}":
        if tokens[0] == "=":
            tokens.pop(0)
            drawn.settings[first] = tokens.pop(0)
        elif tokens[0] == "->":
            tokens.pop(0)
            drawn.edges.append((_identifier(first), _identifier(tokens.pop(0)), _attributes(tokens)))
        else:
            assert first not in drawn.nodes, f"{first} is there twice"
            drawn.nodes[_identifier(first)] = _attributes(tokens)
        assert tokens.pop(0) == ";"
    assert not tokens, f"behind the end: {tokens}"
    return drawn


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        assert found, f"no token: {text[place : place + 60]!r}"
        tokens.append(next(filter(None, found.groups())))
        place = found.end()
    return tokens


def _identifier(token: str) -> str:
    assert re.fullmatch(r'[A-Za-z_]\w*|".*"', token, re.DOTALL), token
    return token


def _attributes(tokens: list[str]) -> dict[str, str]:
    attributes = {}
    assert tokens.pop(0) == "["
    while (name := tokens.pop(0)) != "]":
        if name == ",":
            continue
        assert tokens.pop(0) == "="
        value = tokens.pop(0)
        attributes[name] = _unescaped(value[1:-1]) if value.startswith('"') else value
    return attributes


def _unescaped(text: str) -> str:
    """A quoted label as Graphviz shows it."""
    shown = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text, flags=re.DOTALL)
    return shown.replace("&amp;", "&")
