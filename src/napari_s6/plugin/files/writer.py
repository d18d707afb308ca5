"""File > Save: label layers as facies files, seismic and confidence layers as volumes.

napari asks before a file is replaced, so writing over one is allowed here; over the file that the
survey was opened from it never is. Large ones are written behind a dialog that shows how far it is.
"""

from pathlib import Path
from typing import Any

from napari_s6.plugin.files.export import Progress, save_amplitudes, save_labels
from napari_s6.plugin.jobs.saving import with_progress


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a label layer of ours as SEG-Y, .npy, Zarr or NetCDF, on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    name = attributes.get("name", "labels")
    metadata = attributes.get("metadata", {})

    def save(progress: Progress) -> str:
        return str(save_labels(data, metadata, name, path, overwrite=True, progress=progress))

    return [with_progress(Path(path).name, save)]


def write_image(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a seismic, reconstruction or confidence layer of ours on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    name = attributes.get("name", "image")
    metadata = attributes.get("metadata", {})

    def save(progress: Progress) -> str:
        return str(save_amplitudes(data, metadata, name, path, overwrite=True, progress=progress))

    return [with_progress(Path(path).name, save)]
