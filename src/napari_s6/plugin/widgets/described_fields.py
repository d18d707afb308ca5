"""What the docstring of a class says of its fields, for the tips of a form."""

import inspect
import re
import textwrap
from typing import Any

_SECTION = re.compile(r"^(\w+)\n-+\n", re.MULTILINE)
_ENTRY = re.compile(r"^(\w[\w, ]*)\n((?:[ ]+.*\n|\n)*)", re.MULTILINE)
_MARKS = re.compile(r"``?\"?([^`\"]*)\"?``?")


def field_descriptions(kind: Any) -> dict[str, str]:
    """Return what is said of each field under *Attributes* in the docstring, as plain text.

    >>> class Walk:
    ...     '''Say how we walk.
    ...
    ...     Attributes
    ...     ----------
    ...     start, end
    ...         Places; ``None`` is at home.
    ...     '''
    >>> field_descriptions(Walk)
    {'start': 'Places; None is at home.', 'end': 'Places; None is at home.'}
    """
    parts = _SECTION.split(inspect.cleandoc(kind.__doc__ or "") + "\n")
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    found: dict[str, str] = {}
    for names, text in _ENTRY.findall(sections.get("Attributes", "")):
        plain = _MARKS.sub(r"\1", " ".join(text.split()))
        for name in names.split(", "):
            found[name] = textwrap.fill(plain, 80)
    return found
