"""The tests' own rules: files that fit a person's head, and no hold on what is private."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
#: Uses of private names over all tests; it may only be lowered.
MOST_PRIVATE = 20
SETTERS = {"monkeypatch.setattr", "monkeypatch.delattr", "setattr", "getattr"}


def is_private(name: str) -> bool:
    return len(name) > 1 and name.startswith("_") and not name.startswith("__")


def private_uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where a private name of something else is read, imported, or replaced by its name."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name):
                names = [name]
            case ast.ImportFrom(names=imported):
                names = [alias.name for alias in imported]
            case ast.Constant(value=str(text)) if re.fullmatch(r"\w+(\.\w+)+", text):
                names = text.split(".")
            case ast.Call(func=function, args=[_, ast.Constant(value=str(name)), *_]) if (
                ast.unparse(function) in SETTERS
            ):
                names = [name]
            case _:
                continue
        if any(map(is_private, names)):
            yield node.lineno, ast.unparse(node)


def test_private_names_are_left_alone() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}: {use}"
        for path in sorted(TESTS.rglob("*.py"))
        for line, use in private_uses(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(found) <= MOST_PRIVATE, "\n".join([f"{len(found)} uses of private names:", *found])


def test_private_names_are_found_where_they_are_used() -> None:
    text = """
from a import _b, c
x._y = self._z
monkeypatch.setattr("a.b._c", 1)
monkeypatch.setattr(a, "_d", 1)
a.__class__, "a._b is prose"
"""
    assert [line for line, _ in sorted(private_uses(ast.parse(text)))] == [2, 3, 4, 5]
