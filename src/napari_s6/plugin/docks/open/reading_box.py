"""The form of how a file is read: header bytes, and what is known better than the headers say."""

from dataclasses import replace

from qtpy.QtWidgets import QWidget

from napari_s6.plugin.docks.open.crop_editor import CropEditor
from napari_s6.plugin.docks.open.header_bytes_editor import HeaderBytesEditor
from napari_s6.plugin.docks.open.inspect import Inspection
from napari_s6.plugin.widgets.editors import FormRow, TypedNumberEditor
from napari_s6.plugin.widgets.form import Form, LabelledRows, TitledGrid, rows_for
from napari_s6.survey.axis_labels import unit_suffix
from napari_s6.survey.header_bytes import HeaderBytes
from napari_s6.survey.reading import OVERRIDES, VERTICAL_UNITS, Reading
from napari_s6.survey.volume import vertical_dim

_EMPTY = "Empty: as the headers say, whose value stands in grey."

#: All fields of a reading; one that is not here is shown as its type and its docstring say.
READING_ROWS = rows_for(
    Reading,
    FormRow(
        "header_bytes",
        tip="Where the trace headers hold line numbers and coordinates",
        editor=HeaderBytesEditor,
    ),
    FormRow("domain", words={None: "auto", "twt": "time", "depth": "depth"}),
    FormRow(
        "interval",
        tip=f"Sample interval, in the unit chosen, else ms (m in depth).\n{_EMPTY}",
        typed=True,
        noun=OVERRIDES["interval"],
    ),
    FormRow(
        "start",
        tip=f"Time or depth of the first sample, in the same unit.\n{_EMPTY}",
        typed=True,
    ),
    FormRow(
        "n_samples",
        "Samples",
        tip=f"Samples in a trace; they must account for every byte of the file.\n{_EMPTY}",
        typed=True,
        noun=OVERRIDES["n_samples"],
    ),
    FormRow("unit", words={None: "auto", **{unit: unit for unit in VERTICAL_UNITS}}),
    FormRow(
        "coordinate_scalar",
        "XY scalar",
        tip="What X and Y are multiplied by, or divided by where it is negative (bytes 71-72).\n"
        "Empty: as the headers say.",
        typed=True,
        noun=OVERRIDES["coordinate_scalar"],
    ),
    FormRow("crop", editor=CropEditor),
    labels=OVERRIDES,
)


class ReadingForm(Form[Reading]):
    """Hold how the file that is looked at is read, and which part of it is loaded."""

    def __init__(self) -> None:
        super().__init__(Reading(), READING_ROWS)

    @property
    def header_bytes(self) -> HeaderBytesEditor:
        """Where line numbers and coordinates stand."""
        editor = self.editors["header_bytes"]
        assert isinstance(editor, HeaderBytesEditor)
        return editor

    @property
    def crop(self) -> CropEditor:
        """The part to load."""
        editor = self.editors["crop"]
        assert isinstance(editor, CropEditor)
        return editor

    @property
    def whole(self) -> Reading:
        """How the file is read, all of it."""
        return replace(self.value, crop=None)

    def reset(self) -> None:
        """Leave everything to the headers again, as for a file not seen before.

        The part stays: it is dropped once a survey with other lines is shown.
        """
        self.show(Reading(crop=self.value.crop))
        self.header_bytes.show_read()
        for editor in self.editors.values():
            if isinstance(editor, TypedNumberEditor):
                editor.hint("")

    def show_found(self, found: Inspection) -> None:
        """Show a file's lines and times, where its numbers were read, what its headers say."""
        self.show(replace(self.value, crop=self.crop.show_survey(found.volume)))
        if not found.is_segy:
            return
        self.header_bytes.show_read(HeaderBytes(*found.info.header_bytes))
        samples = found.volume[vertical_dim(found.volume)].values
        unit = unit_suffix(found.volume)
        for name, said in (
            ("interval", f"{samples[1] - samples[0]:g}{unit}" if len(samples) > 1 else ""),
            ("start", f"{samples[0]:g}{unit}"),
            ("n_samples", f"{len(samples)}"),
        ):
            # A value given is in its own box already.
            given = getattr(found.reading, name) is not None
            self.typed(name).hint("" if given else said)


def reading_box(form: ReadingForm) -> QWidget:
    """Lay out all of the form but the part to load."""
    others = [e for name, e in form.editors.items() if name not in ("header_bytes", "crop")]
    rows = LabelledRows([form.header_bytes])
    rows.add("Overrule", TitledGrid(others, 3))
    return rows
