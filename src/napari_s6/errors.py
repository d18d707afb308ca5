"""Errors meant for the person at the keyboard rather than for a developer."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line that names the file (or option), the value found there and the remedy;
    the command line prints it as it stands and ends with exit code 2, the window shows it as a
    notification. Not a ``RuntimeError``: those are swallowed by generator workers.
    """
