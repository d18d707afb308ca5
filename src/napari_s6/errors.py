"""Errors meant for the person at the keyboard rather than for a developer."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line that names the file (or option), the value found there and the remedy;
    the command line prints it as it stands and ends with exit code 2, the window shows it as a
    notification. Not a ``RuntimeError``: those are swallowed by generator workers.
    """


class TrainingError(Exception):
    """A training run failed for a reason that is not the user's to put right.

    The message is that of the error behind it, whose traceback the event `Failed` holds. Not a
    ``RuntimeError`` either.
    """
