"""The built-in survey: seismic made on the spot from a known earth, with its true facies."""

from typing import Any

import numpy as np
import xarray as xr

from napari_s6.survey.earth import (
    CHALK,
    GROUPS,
    LOWER,
    MIDDLE,
    SCRUFF,
    UPPER,
    ZECHSTEIN,
    Earth,
    make_earth,
    smooth_field,
)
from napari_s6.survey.volume import make_volume

SAMPLE_INTERVAL = 4.0
START = 400.0
# Depths are computed this much finer than samples, so that reflections don't climb in steps.
_FINER = 2
_AMPLITUDE = 4000.0

# For each group: mean log impedance, spread of its layers, typical bed thickness in samples.
_ROCKS: dict[int, tuple[float, float, float]] = {
    UPPER: (0.00, 0.040, 1.6),
    MIDDLE: (0.02, 0.060, 2.2),
    LOWER: (-0.01, 0.026, 1.8),
    CHALK: (0.10, 0.070, 1.7),
    SCRUFF: (0.06, 0.050, 2.4),
    ZECHSTEIN: (0.14, 0.030, 2.5),
}


def make_survey(
    shape: tuple[int, int, int] = (96, 128, 192), seed: int = 0
) -> tuple[xr.DataArray, xr.DataArray]:
    """Make a survey with six facies in the order of the F3 block, and its true facies.

    Groups are folded and faulted, cut by unconformities and pierced by a salt dome. Layers of
    random impedance reflect a Ricker wavelet whose frequency falls with depth (45 to 28 Hz);
    amplitudes change laterally, the picture is blurred as migration does, and noise is added.

    Parameters
    ----------
    shape
        (inlines, crosslines, samples).
    seed
        The same seed and shape give the same survey.

    Returns
    -------
    seismic : xarray.DataArray
        float32, dimensions (iline, xline, twt), every 4 ms from 400 ms.
    facies : xarray.DataArray
        uint8 0-5 on the same grid: Upper, Middle, Lower North Sea, Rijnland/Chalk, Scruff,
        Zechstein.
    """
    if len(shape) != 3 or min(shape) < 2:
        raise ValueError(f"shape {shape}: three axes of at least 2 are needed")
    rng = np.random.default_rng(seed)
    earth = make_earth(rng, (shape[0], shape[1], shape[2] * _FINER))
    impedance = _impedance(rng, earth, shape[2])
    reflectivity = np.diff(impedance, axis=2, append=impedance[..., -1:]) / 2
    seismic = _blur(_convolve(reflectivity))[..., ::_FINER]
    seismic = _weather(rng, seismic, earth)
    facies = earth.group[..., ::_FINER]
    lines: dict[str, Any] = {
        "iline": 100 + np.arange(shape[0]),
        "xline": 300 + np.arange(shape[1]),
        "samples": START + SAMPLE_INTERVAL * np.arange(shape[2]),
    }
    attrs = {
        "source_format": "synthetic",
        "seed": seed,
        "sample_format": "float32",
        "dead_scanned": True,
        "dead_traces": 0,
    }
    return (
        make_volume(np.ascontiguousarray(seismic, np.float32), **lines, attrs=attrs),
        make_volume(
            np.ascontiguousarray(facies),
            **lines,
            name="facies",
            attrs={**attrs, "sample_format": "uint8", "classes": list(GROUPS)},
        ),
    )


def _impedance(rng: np.random.Generator, earth: Earth, n_samples: int) -> np.ndarray:
    """Logarithm of the acoustic impedance of every voxel."""
    shape = earth.group.shape
    impedance = np.zeros(shape, np.float32)
    for group, (mean, spread, thickness) in _ROCKS.items():
        inside = earth.group == group
        position = earth.layer[inside] * n_samples
        beds = _beds(rng, position, thickness)
        # Lithology changes along a layer: reflections brighten, dim and fade out.
        strength = np.exp(0.32 * smooth_field(rng, shape[:2], 0.12)).astype(np.float32)
        level = mean + 0.02 * smooth_field(rng, shape[:2], 0.2).astype(np.float32)
        column = np.broadcast_to(strength[..., None], shape)[inside]
        impedance[inside] = (
            np.broadcast_to(level[..., None], shape)[inside] + spread * column * beds
        )
    return impedance


def _beds(rng: np.random.Generator, position: np.ndarray, thickness: float) -> np.ndarray:
    """Random beds of zero mean and unit spread at stratigraphic positions given in samples."""
    if not position.size:
        return position
    fine = 8
    low, high = float(position.min()), float(position.max())
    count = int((high - low) / thickness * 2) + 8
    edges = low + np.cumsum(rng.exponential(thickness, count))
    values = rng.standard_normal(count + 1)
    # A few beds stand out, which an interpreter would follow through the survey.
    values[rng.random(count + 1) < 0.08] *= 2.5
    grid = np.arange(low, high + 1, 1 / fine)
    profile = values[np.searchsorted(edges, grid).clip(0, count)]
    width = np.arange(-2 * fine, 2 * fine + 1) / fine
    soft = np.exp(-0.5 * (width / 0.5) ** 2)
    padded = np.pad(profile, 2 * fine, mode="edge")
    profile = np.convolve(padded, soft / soft.sum(), mode="valid")
    reflectivity: np.ndarray = np.interp(position, grid, profile).astype(np.float32)
    return reflectivity


def _ricker(frequency: float) -> np.ndarray:
    """Ricker wavelet at the finer sampling: (1 - 2 a) exp(-a), a = (pi f t)^2."""
    step = SAMPLE_INTERVAL / 1000 / _FINER
    t = np.arange(-24 * _FINER, 24 * _FINER + 1) * step
    a = (np.pi * frequency * t) ** 2
    wavelet: np.ndarray = (1 - 2 * a) * np.exp(-a)
    return wavelet


def _convolve(reflectivity: np.ndarray) -> np.ndarray:
    """Convolve traces with a wavelet that loses high frequencies on its way down."""
    n = reflectivity.shape[2]
    length = n + 48 * _FINER
    spectrum = np.fft.rfft(reflectivity, length, axis=2)
    middle = slice(24 * _FINER, 24 * _FINER + n)
    shallow, deep = (
        np.fft.irfft(spectrum * np.fft.rfft(_ricker(f), length), length, axis=2)[..., middle]
        for f in (45.0, 28.0)
    )
    share = np.linspace(0, 1, n)
    return ((1 - share) * shallow + share * deep).astype(np.float32)


def _blur(traces: np.ndarray) -> np.ndarray:
    """Smooth over neighbouring traces: migration leaves a Fresnel zone of about a trace."""
    for axis in (0, 1):
        padded = np.concatenate(
            [traces.take([0], axis), traces, traces.take([-1], axis)], axis=axis
        )
        n = traces.shape[axis]
        before, here, after = (padded.take(range(k, k + n), axis) for k in range(3))
        traces = 0.22 * before + 0.56 * here + 0.22 * after
    return traces


def _weather(rng: np.random.Generator, seismic: np.ndarray, earth: Earth) -> np.ndarray:
    """Add what acquisition and processing leave behind: uneven gain, dim zones, noise."""
    shape = seismic.shape
    seismic = seismic * (_AMPLITUDE / (seismic.std() or 1.0))
    gain = np.exp(0.14 * smooth_field(rng, shape[:2], 0.1))
    gain *= 1 + 0.06 * rng.standard_normal((shape[0], 1))
    depth = np.linspace(0, 1, shape[2])
    # Salt scatters: what lies in and under the dome is dimmer.
    shadow = 1 - 0.3 * earth.dome[..., None] * np.clip((depth - 0.45) / 0.3, 0, 1)
    signal = seismic * gain[..., None] * shadow
    band = _convolve(np.repeat(rng.standard_normal(shape), _FINER, axis=2))[..., ::_FINER]
    coherent = _blur(band)
    noise = 0.16 * band / band.std() + 0.14 * coherent / coherent.std()
    recorded: np.ndarray = signal + _AMPLITUDE * noise
    return recorded
