"""How labels are filled between horizons: one value, which the form of the dock is made of."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from napari_s6.horizons.labels import Crossing
from napari_s6.plugin.widgets.editors import NO_LABEL, FormRow
from napari_s6.plugin.widgets.form import rows_for

FilledLines = Literal["section", "listed", "painted", "all"]
FILLED_LINES: dict[FilledLines, str] = {
    "section": "Section in view",
    "listed": "These lines",
    "painted": "Painted lines",
    "all": "The whole survey",
}


@dataclass(frozen=True)
class FillOptions:
    """Say which traces are filled, and what becomes of crossings, gaps and paint.

    Attributes
    ----------
    lines
        Which inlines and crosslines are filled.
    listed
        The inlines and crosslines meant by "These lines"
    crossing
        Which facies is meant where a lower horizon lies above an upper one.
    bridge
        Gaps in a horizon of up to this many traces are filled, linearly.
    replace_paint
        Whether what is painted already is painted over.
    """

    lines: FilledLines = "section"
    listed: str = ""
    crossing: Crossing = "lower"
    bridge: Annotated[int, Field(ge=0, le=1000)] = 0
    replace_paint: bool = False


FILL_ROWS = rows_for(
    FillOptions,
    FormRow("lines", "Fill", words=FILLED_LINES),
    FormRow("listed", NO_LABEL, example="iline:130,459 xline:300-310"),
    FormRow(
        "crossing",
        "Crossings",
        words={
            "lower": "The lower one counts",
            "upper": "The upper one counts",
            "neither": "Leave unlabelled",
        },
    ),
    FormRow("bridge", "Gaps", prefix="Fill up to ", suffix=" traces", least="Leave unlabelled"),
    FormRow("replace_paint", NO_LABEL, beside="Paint over what is painted already"),
)
