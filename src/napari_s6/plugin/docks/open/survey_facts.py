"""What a survey file is, and how large, in words: for the *Open seismic* dock."""

from html import escape

import numpy as np

from napari_s6.formats.info import Axis, SurveyInfo
from napari_s6.plugin.docks.open.inspect import Inspection
from napari_s6.survey.crop import CropSize
from napari_s6.survey.record import survey_record

_VERTICAL = {"twt": "Time", "depth": "Depth"}


def said_survey(found: Inspection) -> str:
    """A file's format, ranges, traces, size and corners as rich text."""
    info = found.info
    rows = [("Format", _said_format(found))]
    for axis, word in zip(info.axes[:2], ("Inlines", "Crosslines"), strict=True):
        rows.append((word, _said_axis(axis)))
    rows.append((_VERTICAL.get(info.axes[2].name, "Samples"), _said_axis(info.axes[2])))
    rows.append(("Traces", _said_traces(info)))
    rows.append(("In memory", f"{said_bytes(info.memory)}, if all were read"))
    if info.affine:
        inline, crossline = np.hypot(*np.reshape(info.affine, (2, 3))[:, 1:])
        rows.append(("Spacing", f"{inline:.4g} × {crossline:.4g} (inlines × crosslines)"))
    if info.crs:
        rows.append(("Reference", escape(info.crs)))
    table = "".join(
        f"<tr><td style='color: gray; padding-right: 10px'>{name}</td><td>{words}</td></tr>"
        for name, words in rows
    )
    return f"<table cellspacing='1'>{table}</table>{_said_corners(info)}"


def said_size(size: CropSize) -> str:
    """A size in words: voxels, bytes in memory, traces."""
    shape = " × ".join(f"{n:,}" for n in size.shape)
    voxels = int(np.prod(size.shape, dtype=np.int64))
    return (
        f"{shape} = {said_count(voxels)} voxels, {said_bytes(size.memory)} in memory; "
        f"{size.traces:,} trace{'' if size.traces == 1 else 's'}"
    )


def said_count(count: int) -> str:
    """A large number with three figures: "286 million"."""
    for unit, word in ((10**9, "billion"), (10**6, "million")):
        if count >= unit:
            return f"{count / unit:.3g} {word}"
    return f"{count:,}"


def said_bytes(size: int) -> str:
    """Bytes in the largest unit of which there is one."""
    for unit, word in ((2**40, "TB"), (2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {word}"
    return f"{size} bytes"


def _said_format(found: Inspection) -> str:
    info = found.info
    words = [info.format]
    if found.is_segy and (revision := survey_record(found.volume).revision):
        words[0] += f" revision {revision}"
    words.append(info.sample_format)
    if info.byte_order:
        words.append(f"{info.byte_order} endian")
    if found.facies:
        words.append("<b>facies</b>")
    return ", ".join(words)


def _said_axis(axis: Axis) -> str:
    unit = f" {axis.units}" if axis.units and axis.units != "sample" else ""
    if axis.count == 1:
        return f"{axis.first:.10g}{unit} only"
    step = "uneven steps" if axis.step is None else f"step {axis.step:g}"
    return f"{axis.first:.10g} – {axis.last:.10g}{unit}, {step} ({axis.count:,})"


def _said_traces(info: SurveyInfo) -> str:
    share = (
        "every node" if info.live == info.nodes else f"{info.live / info.nodes:.1%} of the nodes"
    )
    words = [f"{info.traces:,}; data at {share}"]
    if info.duplicates:
        words.append(f"{info.duplicates:,} duplicates (first shown)")
    if info.dead is not None:
        words.append(f"{info.dead:,} dead" if info.dead else "none dead")
    return "; ".join(words)


def _said_corners(info: SurveyInfo) -> str:
    if not any(x or y for _, _, x, y in info.corner_points):
        return ""
    titles = "".join(
        f"<td align='right' style='color: gray; padding-left: 14px'>{word}</td>"
        for word in ("inline", "crossline", "X", "Y")
    )
    rows = "".join(
        f"<tr><td style='color: gray'>{'Corners' if n == 0 else ''}</td>"
        + "".join(
            f"<td align='right' style='padding-left: 14px'>{number}</td>"
            for number in (f"{il:.10g}", f"{xl:.10g}", f"{x:.1f}", f"{y:.1f}")
        )
        + "</tr>"
        for n, (il, xl, x, y) in enumerate(info.corner_points)
    )
    return f"<table cellspacing='1'><tr><td></td>{titles}</tr>{rows}</table>"
