"""Trace and binary header fields by name, with the ranges they have in a file."""

from dataclasses import dataclass

import numpy as np

from napari_s6.formats.segy.binary import TEXT_BYTES, TWO_BYTE_FIELDS
from napari_s6.formats.segy.layout import SegyLayout

TRACES = 1000

#: Trace header fields of the standard by their first byte; those from 181 on since revision 1.
TRACE_FIELDS: dict[int, str] = {
    1: "trace number within line",
    5: "trace number within file",
    9: "field record",
    13: "trace number within record",
    17: "energy source point",
    21: "ensemble (CDP) number",
    25: "trace number within ensemble",
    29: "trace identification",
    31: "vertically summed traces",
    33: "horizontally stacked traces",
    35: "data use",
    37: "source-receiver distance",
    41: "receiver elevation",
    45: "surface elevation at source",
    49: "source depth",
    53: "receiver datum elevation",
    57: "source datum elevation",
    61: "water depth at source",
    65: "water depth at receiver",
    69: "scalar of elevations",
    71: "scalar of coordinates",
    73: "source X",
    77: "source Y",
    81: "receiver X",
    85: "receiver Y",
    89: "coordinate units",
    91: "weathering velocity",
    93: "subweathering velocity",
    95: "uphole time at source",
    97: "uphole time at receiver",
    99: "source static",
    101: "receiver static",
    103: "total static",
    105: "lag time A",
    107: "lag time B",
    109: "delay of first sample",
    111: "mute start",
    113: "mute end",
    115: "samples in this trace",
    117: "sample interval",
    119: "gain type",
    121: "gain constant",
    181: "ensemble X",
    185: "ensemble Y",
    189: "inline number",
    193: "crossline number",
    197: "shotpoint number",
    201: "scalar of shotpoints",
    203: "unit of samples",
    215: "scalar of times",
    217: "source type",
    225: "source measurement",
    233: "unassigned",
    237: "unassigned",
}

BINARY_FIELDS: dict[int, tuple[str, int]] = {
    3201: ("job", 4),
    3205: ("line", 4),
    3209: ("reel", 4),
    3213: ("traces per ensemble", 2),
    3215: ("auxiliary traces per ensemble", 2),
    3217: ("sample interval", 2),
    3219: ("sample interval of recording", 2),
    3221: ("samples per trace", 2),
    3223: ("samples per trace of recording", 2),
    3225: ("sample format", 2),
    3227: ("ensemble fold", 2),
    3229: ("trace sorting", 2),
    3231: ("vertical sum", 2),
    3253: ("amplitude recovery", 2),
    3255: ("measurement system", 2),
    3257: ("impulse polarity", 2),
    3501: ("revision", 2),
    3503: ("fixed length of traces", 2),
    3505: ("extended text headers", 2),
}


@dataclass(frozen=True)
class HeaderField:
    """One field of the trace headers: its place, name, range and count of distinct values."""

    byte: int
    name: str
    low: int
    high: int
    distinct: int

    def __str__(self) -> str:
        values = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
        return f"{self.byte:3d} {self.name}: {values}"


def trace_header_table(
    layout: SegyLayout, data: np.ndarray, traces: int = TRACES
) -> tuple[HeaderField, ...]:
    """Ranges of the trace header fields that are not 0 throughout.

    Parameters
    ----------
    data
        The file's bytes, as mapped by ``layout.map_bytes()``.
    traces
        Look at so many traces at most, spread evenly from the first to the last.
    """
    chosen = np.unique(np.linspace(0, layout.n_traces - 1, traces).astype(np.int64))
    headers = np.ascontiguousarray(layout.headers(data)[chosen])
    table = []
    for byte, name in TRACE_FIELDS.items():
        width = 2 if byte in TWO_BYTE_FIELDS else 4
        field = np.ascontiguousarray(headers[:, byte - 1 : byte - 1 + width])
        values = field.view(f"{layout.order_mark}i{width}")[:, 0]
        low, high = int(values.min()), int(values.max())
        if low or high:
            table.append(HeaderField(byte, name, low, high, len(np.unique(values))))
    return tuple(table)


def binary_header_table(layout: SegyLayout, data: np.ndarray) -> dict[str, int]:
    """The binary header's fields by name, as stored."""
    head = data[TEXT_BYTES : TEXT_BYTES + 400].tobytes()
    return {
        name: int.from_bytes(
            head[byte - 3201 : byte - 3201 + width], layout.byte_order, signed=True
        )
        for byte, (name, width) in BINARY_FIELDS.items()
    }
