"""Where SEG-Y trace headers hold line numbers and coordinates."""

from dataclasses import dataclass

from napari_s6.errors import InputError

_TRACE_HEADER = 240


@dataclass(frozen=True)
class HeaderBytes:
    """Say where trace headers hold line numbers and coordinates (1-based positions)."""

    iline: int = 189
    xline: int = 193
    x: int = 181
    y: int = 185

    def __post_init__(self) -> None:
        for name, byte in vars(self).items():
            if not isinstance(byte, int) or not 1 <= byte <= _TRACE_HEADER - 3:
                raise InputError(
                    f"{name} byte {byte}: trace header positions run from 1 to {_TRACE_HEADER - 3}"
                )

    def __str__(self) -> str:
        return f"{self.iline}/{self.xline}/{self.x}/{self.y}"


STANDARD = HeaderBytes()
