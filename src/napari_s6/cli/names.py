"""Names that options take, looked up only when they are needed: their registries load slowly."""

from argparse import Action
from collections.abc import Callable, Iterable, Iterator


class Names:
    """Find names once help, a completion or a check of what was typed asks for them.

    Examples
    --------
    >>> names = Names(lambda: ["irap", "cps3"])
    >>> str(names), "cps3" in names, list(names)
    ('irap, cps3', True, ['irap', 'cps3'])
    """

    def __init__(self, find: Callable[[], Iterable[str]]) -> None:
        self._find = find

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __str__(self) -> str:
        return ", ".join(self)


def offer_names(action: Action, names: Names, *, files: bool = False) -> None:
    """Let the shell complete an option by names, and its help show them as ``%(names)s``.

    Parameters
    ----------
    files
        Whether the option takes files as well.
    """

    def complete(prefix: str, **_: object) -> list[str]:
        if not files:
            return list(names)
        from argcomplete.completers import FilesCompleter

        return [*names, *FilesCompleter()(prefix)]

    vars(action).update(names=names, completer=complete)
