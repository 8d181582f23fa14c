"""Every hook says all a module author must know, in its docstring and again on its page of the documentation."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hub_hookspecs import hooks

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "hooks"
PARTS = ("Called", "Order", "Combined")
HOOKS: Mapping[str, Callable[..., Any]] = {name: getattr(hooks, name) for name in hooks.__all__}

_FIELD = re.compile(r"^:(?P<field>param \w+|returns|raises [\w.]+):\s*(?P<text>.*)$")
_PART = re.compile(rf"^(?P<part>{'|'.join(PARTS)}):\s*(?P<text>.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDocument:
    """One hook's words: ``parts`` by name (``Called`` … ``param context``, ``returns``, ``raises Exception``)."""

    name: str
    signature: str
    purpose: str
    parts: Mapping[str, str]
    parameters: tuple[str, ...]
    answers: bool


def hook_document(hook: Callable[..., Any]) -> HookDocument:
    """Read one hook; lines that follow a part belong to it."""
    signature = inspect.signature(hook)
    lines = (inspect.getdoc(hook) or "").splitlines()
    parts: dict[str, str] = {}
    current = "purpose"
    for line in lines:
        if found := _PART.match(line) or _FIELD.match(line):
            current = found.groupdict().get("part") or found.groupdict()["field"]
            line = found["text"]
        parts[current] = f"{parts.get(current, '')} {line.strip()}".strip()
    return HookDocument(
        name=hook.__name__,
        signature=f"{'async ' if inspect.iscoroutinefunction(hook) else ''}def {hook.__name__}{_plain(signature)}",
        purpose=parts.pop("purpose", ""),
        parts=parts,
        parameters=tuple(signature.parameters),
        answers=signature.return_annotation is not None,
    )


def _plain(signature: inspect.Signature) -> str:
    """The signature as it is written in a module: names without the packages they come from."""
    text = str(signature).replace("'", "").replace("NoneType", "None")
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)


def _words(text: str) -> str:
    """Text without markup, case and line ends, so that a docstring and a page can be held together."""
    return " ".join(re.sub(r"[`*_\\]", "", text).lower().split())


every_hook = pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)


@every_hook
def test_a_hook_is_marked_as_a_specification(hook: Callable[..., Any]) -> None:
    assert hasattr(hook, "hub_spec")
    assert hook.__name__.startswith("hub_")


@every_hook
def test_a_hook_says_when_in_which_order_and_how_combined(hook: Callable[..., Any]) -> None:
    document = hook_document(hook)
    assert document.purpose.endswith("."), "the first line says what the hook is for"
    assert tuple(part for part in document.parts if part in PARTS) == PARTS
    assert all(document.parts.values()), "no part is empty"


@every_hook
def test_a_hook_describes_what_it_takes_what_it_returns_and_what_happens_when_it_raises(
    hook: Callable[..., Any],
) -> None:
    document = hook_document(hook)
    expected = [f"param {name}" for name in document.parameters] + ["returns"] * document.answers + ["raises Exception"]
    assert [part for part in document.parts if part not in PARTS] == expected


@every_hook
def test_a_hook_is_typed_and_takes_at_most_three_parameters(hook: Callable[..., Any]) -> None:
    signature = inspect.signature(hook)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(parameter.annotation is not parameter.empty for parameter in signature.parameters.values())
    assert len(signature.parameters) <= 3


@every_hook
def test_a_hook_has_a_page_that_says_the_same(hook: Callable[..., Any]) -> None:
    document = hook_document(hook)
    page = PAGES / f"{document.name}.md"
    assert page.exists(), f"write {page.name}"
    text = page.read_text(encoding="utf-8")
    assert document.signature in text
    words = _words(text)
    missing = [part for part in (document.purpose, *document.parts.values()) if _words(part) not in words]
    assert missing == []


def test_there_is_no_page_of_a_hook_that_does_not_exist() -> None:
    assert {page.stem for page in PAGES.glob("hub_*.md")} == set(HOOKS)


def test_the_index_of_hooks_names_each_of_them() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    assert [name for name in HOOKS if f"({name}.md)" not in index] == []
