"""Which section a painted trace was painted for.

A stroke on inline 130 touches one trace of each crossline it passes; those crosslines are not
painted, though they hold labels. With R the number of painted traces on a trace's inline and C
that on its crossline, the trace counts for its inline if R >= C / 2 and for its crossline if
C >= R / 2: it belongs to the line that is clearly more painted, or to both. Where a line is
painted throughout (a label volume that covers the survey), its traces count for it as well,
whatever the survey's proportions.
"""

import numpy as np

from napari_s6.facies.sections import valid_lines
from napari_s6.survey.volume import Orientation

#: A line with this share of its live traces painted is painted in its own right.
COMPLETE = 0.9


def attribute(painted: np.ndarray, live: np.ndarray) -> dict[Orientation, np.ndarray]:
    """Return which painted traces count for their inline, and which for their crossline.

    Parameters
    ----------
    painted, live
        Boolean (inlines, crosslines): traces with at least one label, and traces with data.

    Returns
    -------
    dict
        For each orientation a boolean (inlines, crosslines).
    """
    painted = painted & live
    on_inline = np.count_nonzero(painted, axis=1)
    on_crossline = np.count_nonzero(painted, axis=0)
    valid = valid_lines(live)
    whole_inline = valid["iline"] & (on_inline >= COMPLETE * np.count_nonzero(live, axis=1))
    whole_crossline = valid["xline"] & (on_crossline >= COMPLETE * np.count_nonzero(live, axis=0))
    for_inline = 2 * on_inline[:, None] >= on_crossline[None, :]
    for_crossline = 2 * on_crossline[None, :] >= on_inline[:, None]
    return {
        "iline": painted & (for_inline | whole_inline[:, None]),
        "xline": painted & (for_crossline | whole_crossline[None, :]),
    }
