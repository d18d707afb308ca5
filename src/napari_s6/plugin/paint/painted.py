"""The painted traces of a label layer, copied out of its array and put back into one."""

import numpy as np

from napari_s6.facies.codes import from_layer, to_layer
from napari_s6.facies.painted import PaintedTraces

# Traces copied at once, lest a fully painted survey be held twice.
_BLOCK = 4096


def copy_painted(values: np.ndarray, traces: np.ndarray) -> PaintedTraces:
    """Copy the traces that are painted, as facies codes independent of the layer.

    Parameters
    ----------
    values
        uint8 (inlines, crosslines, samples) layer values, 0 = unpainted.
    traces
        Boolean (inlines, crosslines): those to copy.
    """
    inlines, crosslines = np.nonzero(traces)
    shape = (values.shape[0], values.shape[1], values.shape[2])
    codes = np.empty((len(inlines), shape[2]), np.uint8)
    for start in range(0, len(codes), _BLOCK):
        block = slice(start, start + _BLOCK)
        codes[block] = from_layer(values[inlines[block], crosslines[block]])
    return PaintedTraces(shape, inlines * shape[1] + crosslines, codes)


def put_painted(painted: PaintedTraces, values: np.ndarray) -> None:
    """Write painted traces into layer values, (inlines, crosslines, samples)."""
    inlines, crosslines = np.divmod(painted.positions, painted.shape[1])
    values[inlines, crosslines] = to_layer(painted.codes)
