"""File > Save: label layers as facies files, seismic and confidence layers as volumes.

napari asks before a file is replaced, so writing over one is allowed here; over the file that the
survey was opened from it never is.
"""

from typing import Any

from napari_s6.plugin.export import save_amplitudes, save_labels


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a label layer of ours as SEG-Y, .npy, Zarr or NetCDF, on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    name = attributes.get("name", "labels")
    return [str(save_labels(data, attributes.get("metadata", {}), name, path, overwrite=True))]


def write_image(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a seismic, reconstruction or confidence layer of ours on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    name = attributes.get("name", "image")
    return [str(save_amplitudes(data, attributes.get("metadata", {}), name, path, overwrite=True))]
