"""Where trace headers hold line numbers and coordinates: usual places, and named set-ups."""

import json
import os
import re
from dataclasses import asdict
from pathlib import Path

from napari_s6.errors import InputError
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.header_bytes import STANDARD, HeaderBytes

_NAME = re.compile(r"[^\W\d_][\w .-]{0,63}")
GUESS = "guess"
#: How refusals tell where positions are given; a window puts its own words in the place of it.
HOW_TO_GIVE = "(--header-bytes IL,XL)"


HEADER_BYTES_PRESETS: dict[str, HeaderBytes] = {
    "standard": STANDARD,
    "petrel": HeaderBytes(5, 21, 73, 77),
}


def parse_header_bytes(text: str) -> HeaderBytes | None:
    """Read what a user gives: a preset, a saved set-up's name or ``IL,XL[,X,Y]``.

    Returns
    -------
    HeaderBytes or None
        None for ``"guess"``: to be found out from the file.

    Raises
    ------
    InputError
        If the text is none of these.
    """
    chosen = text.strip()
    if chosen == GUESS:
        return None
    if chosen in HEADER_BYTES_PRESETS:
        return HEADER_BYTES_PRESETS[chosen]
    if re.fullmatch(r"\d+(\s*,\s*\d+)*", chosen):
        numbers = [int(number) for number in chosen.split(",")]
        if len(numbers) not in (2, 4):
            raise InputError(f"header bytes {text}: give two positions, IL,XL, or four, IL,XL,X,Y")
        return HeaderBytes(*numbers)
    saved = saved_setups()
    if chosen in saved:
        return saved[chosen]
    names = ", ".join([*HEADER_BYTES_PRESETS, GUESS, *saved])
    raise InputError(f"header bytes {text!r}: give IL,XL or IL,XL,X,Y or one of {names}")


def header_positions(
    chosen: HeaderBytes | str | None,
) -> tuple[HeaderBytes | None, bool | None]:
    """Return what a `Reading` says of header bytes: positions, and whether to guess.

    Positions are None for the standard's; to guess is None where that is to be tried only if the
    standard's make no grid.
    """
    if chosen is None:
        return None, None
    if isinstance(chosen, HeaderBytes):
        return chosen, False
    named = parse_header_bytes(chosen)
    return (named, False) if named else (STANDARD, True)


def setups_file() -> Path:
    """The file of named set-ups, in ``$NAPARI_S6_CONFIG`` or the user's configuration folder."""
    named = os.environ.get("NAPARI_S6_CONFIG")
    if named:
        return Path(named).expanduser() / "header_bytes.json"
    import platformdirs

    return platformdirs.user_config_path("napari-s6") / "header_bytes.json"


def saved_setups() -> dict[str, HeaderBytes]:
    """The set-ups saved by this user, by name.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    path = setups_file()
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): HeaderBytes(**where) for name, where in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: no header set-ups can be read from it ({error}); remove it"
        ) from error


def save_setup(name: str, where: HeaderBytes) -> Path:
    """Save positions under a name, replacing an earlier set-up of that name.

    Returns
    -------
    pathlib.Path
        The file of set-ups.

    Raises
    ------
    InputError
        If the name is a preset's or no name, or the file cannot be written.
    """
    if name in HEADER_BYTES_PRESETS or name == GUESS or not _NAME.fullmatch(name):
        raise InputError(
            f"set-up name {name!r}: begin with a letter, and use none of "
            f"{', '.join([*HEADER_BYTES_PRESETS, GUESS])}"
        )
    return _write({**saved_setups(), name: where})


def remove_setup(name: str) -> None:
    """Forget a saved set-up.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    setups = saved_setups()
    if name not in setups:
        raise InputError(f"set-up {name!r}: not saved; there are {', '.join(setups) or 'none'}")
    del setups[name]
    _write(setups)


def _write(setups: dict[str, HeaderBytes]) -> Path:
    path = setups_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{path.parent}: cannot be made ({error.strerror}); set NAPARI_S6_CONFIG to a folder"
        ) from error
    text = json.dumps({name: asdict(where) for name, where in sorted(setups.items())}, indent=2)
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return path
