"""File > Save: label layers as facies files, seismic and confidence layers as volumes.

napari asks before a file is replaced, so writing over one is allowed here; over the file that the
survey was opened from it never is. Large ones are written behind a dialog that shows how far it is.
"""

from functools import partial
from pathlib import Path
from typing import Any

from napari_s6.plugin.files.export import save_amplitudes, save_labels
from napari_s6.plugin.jobs.waiting import saving


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a label layer of ours as SEG-Y, .npy, Zarr or NetCDF, on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    layer = (data, attributes.get("metadata", {}), attributes.get("name", "labels"))
    save = partial(save_labels, *layer, path, overwrite=True)
    return [saving(Path(path).name, lambda progress: save(progress=progress))]


def write_image(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a seismic, reconstruction or confidence layer of ours on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    layer = (data, attributes.get("metadata", {}), attributes.get("name", "image"))
    save = partial(save_amplitudes, *layer, path, overwrite=True)
    return [saving(Path(path).name, lambda progress: save(progress=progress))]
