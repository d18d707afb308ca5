"""How a seismic layer looks: clip, polarity and balance. None of it touches the survey."""

from napari.layers import Image

from napari_s6.plugin.canvas.array import VolumeArray
from napari_s6.plugin.canvas.balanced import BalancedArray
from napari_s6.plugin.canvas.colormaps import flipped, is_flipped

#: Share of the amplitudes that the colours tell apart, and length of the balancing window in ms.
CLIP, WINDOW = 99.0, 400.0
#: The same length, about, where only samples are known.
WINDOW_SAMPLES = 100.0


def set_clip(layer: Image, percentile: float = CLIP) -> None:
    """Let the colours end at a percentile of the absolute amplitudes shown, symmetric about 0."""
    if isinstance(layer.data, VolumeArray):
        limit = layer.data.limit(percentile)
        layer.contrast_limits_range = (-4 * limit, 4 * limit)
        layer.contrast_limits = (-limit, limit)


def reverses_polarity(layer: Image) -> bool:
    """Whether the layer is shown with the other polarity than was recorded."""
    return is_flipped(layer.colormap)


def reverse_polarity(layer: Image, reverse: bool) -> None:
    """Exchange the colours of peaks and troughs, or put them back."""
    if reverses_polarity(layer) != reverse:
        layer.colormap = flipped(layer.colormap)


def balance_window(layer: Image) -> float | None:
    """Length of the window in which a layer's amplitudes are balanced, None if they are not."""
    return layer.data.window if isinstance(layer.data, BalancedArray) else None


def set_balance(layer: Image, window: float | None, percentile: float = CLIP) -> None:
    """Show amplitudes balanced in a sliding window of so many ms, or as recorded (None).

    The colours' ends follow: balanced amplitudes have fewer extremes.
    """
    if not isinstance(layer.data, VolumeArray) or balance_window(layer) == window:
        return
    volume = layer.data.volume
    layer.data = VolumeArray(volume) if window is None else BalancedArray(volume, window)
    set_clip(layer, percentile)
