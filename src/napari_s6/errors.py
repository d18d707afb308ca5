"""Errors meant for the person at the keyboard rather than for a developer."""

from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line that names the file (or option), the value found there and the remedy;
    the command line prints it as it stands and ends with exit code 2, the window shows it as a
    notification. Not a ``RuntimeError``: those are swallowed by generator workers.
    """


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return the end of a message that names what a mistyped word is near to, or nothing.

    Examples
    --------
    >>> did_you_mean("leanring_rate", ["learning_rate", "members"])
    "; did you mean 'learning_rate'?"
    >>> did_you_mean("colour", ["learning_rate", "members"])
    ''
    """
    from difflib import get_close_matches

    near = get_close_matches(word, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
