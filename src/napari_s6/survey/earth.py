"""A made-up piece of the Dutch North Sea: six groups, folded, faulted, eroded and pierced by salt.

Depths are fractions of the survey's height, positions fractions of its sides. For every voxel the
model gives the group it belongs to and a stratigraphic coordinate, constant along a layer, on
which the layering of the group is defined. Reflections therefore follow the layers, end at
unconformities and are offset at faults, as they do in the real thing.
"""

from dataclasses import dataclass

import numpy as np

GROUPS = (
    "Upper North Sea",
    "Middle North Sea",
    "Lower North Sea",
    "Rijnland/Chalk",
    "Scruff",
    "Zechstein",
)
UPPER, MIDDLE, LOWER, CHALK, SCRUFF, ZECHSTEIN = range(6)


@dataclass(frozen=True, eq=False)
class Earth:
    """Geology on a grid of (inlines, crosslines, depths).

    Attributes
    ----------
    group
        Group 0-5 of each voxel, uint8.
    layer
        Stratigraphic coordinate of each voxel in units of ``thickness``, float32.
    dome
        (inlines, crosslines) 0-1: how far the salt has risen.
    """

    group: np.ndarray
    layer: np.ndarray
    dome: np.ndarray


@dataclass(frozen=True)
class _Fault:
    """A normal fault: its trace on the map, dip, throw and the depth at which it dies out."""

    strike: float
    offset: float
    lean: float
    throw: float
    centre: float
    length: float
    tip: float


def smooth_field(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """Gaussian random field of zero mean and unit spread.

    ``scale`` is the correlation length as a fraction of each side. Made by filtering white noise
    in the Fourier domain, on a grid wider than asked for, so that opposite edges are unrelated.
    """
    wide = tuple(n + int(np.ceil(2.5 * scale * n)) for n in shape)
    spectrum = np.fft.rfftn(rng.standard_normal(wide))
    for axis, (n, full) in enumerate(zip(shape, wide, strict=True)):
        last = axis == len(shape) - 1
        k = np.fft.rfftfreq(full) if last else np.fft.fftfreq(full)
        gauss = np.exp(-0.5 * (2 * np.pi * k * scale * n) ** 2)
        spectrum *= gauss.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    field = np.fft.irfftn(spectrum, wide, axes=tuple(range(len(shape))))
    field = field[tuple(slice(n) for n in shape)]
    normalised: np.ndarray = (field - field.mean()) / (field.std() or 1.0)
    return normalised


def make_earth(rng: np.random.Generator, shape: tuple[int, int, int]) -> Earth:
    """Draw the geology of a survey.

    Parameters
    ----------
    shape
        (inlines, crosslines, depths).
    """
    x = np.linspace(0, 1, shape[0])[:, None]
    y = np.linspace(0, 1, shape[1])[None, :]
    depth = np.linspace(0, 1, shape[2], dtype=np.float32)
    dome, salt = _salt(rng, x, y, shape[:2])
    tops = _horizons(rng, x, y, dome, salt)
    restored = _restore_faults(rng, x, y, depth)
    group = np.zeros(shape, np.uint8)
    for number in range(MIDDLE, ZECHSTEIN):
        group[restored > tops[number][..., None]] = number
    group[depth > salt[..., None]] = ZECHSTEIN
    layer = _layering(rng, x, y, tops, restored, group)
    return Earth(group, layer, dome)


def _salt(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """How far the salt has risen (0-1), and the depth of its top."""
    centre_x, centre_y = rng.uniform(0.35, 0.65), rng.uniform(0.55, 0.75)
    angle = rng.uniform(0, np.pi)
    along = (x - centre_x) * np.cos(angle) + (y - centre_y) * np.sin(angle)
    across = -(x - centre_x) * np.sin(angle) + (y - centre_y) * np.cos(angle)
    radius = np.hypot(along / 0.36, across / 0.2) * (1 + 0.12 * smooth_field(rng, shape, 0.12))
    dome = np.exp(-(radius**2.0))
    # A steep-sided plug on a gentle pillow.
    plug = np.exp(-(radius**4.0))
    base = 0.95 + 0.035 * smooth_field(rng, shape, 0.2)
    salt = base - 0.14 * dome - 0.34 * plug + 0.012 * smooth_field(rng, shape, 0.05) * plug
    return dome, salt


def _horizons(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, dome: np.ndarray, salt: np.ndarray
) -> list[np.ndarray]:
    """Depth of the top of each group, before faulting; the salt's comes last."""
    shape = dome.shape
    tilt = rng.uniform(0.5, 1.0) * (y - 0.5) + rng.uniform(-0.6, 0.6) * (x - 0.5)
    folds = smooth_field(rng, shape, 0.16)
    relief = 0.26 * tilt + 0.075 * folds

    def top(depth: float, bend: float, lift: float, rough: float) -> np.ndarray:
        own = rough * smooth_field(rng, shape, 0.13)
        return depth + bend * relief - lift * dome + own

    middle = top(0.24, 0.6, 0.06, 0.03)
    lower = top(0.38, 0.75, 0.11, 0.03)
    # The base of the Tertiary is an unconformity: it cuts the folds rather than following them.
    chalk = top(0.66, 0.95, 0.22, 0.024)
    scruff = top(0.77, 1.15, 0.27, 0.028)
    lower = np.maximum(lower, middle + 0.05)
    chalk = np.maximum(chalk, lower + 0.08)
    scruff = np.maximum(scruff, chalk + 0.035)
    return [np.zeros(shape), middle, lower, chalk, scruff, salt]


def _restore_faults(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Depth of every voxel before the faults moved it, (inlines, crosslines, depths)."""
    shape = (x.shape[0], y.shape[1], len(depth))
    restored = np.broadcast_to(depth, shape).copy()
    for fault in _draw_faults(rng):
        across = (x * np.cos(fault.strike) + y * np.sin(fault.strike) - fault.offset)[..., None]
        along = -x * np.sin(fault.strike) + y * np.cos(fault.strike) - fault.centre
        # Throw is largest in the middle of the fault and grows with age, from none at its tip.
        size = fault.throw * np.exp(-((along / fault.length) ** 2))
        growth = np.clip((depth - fault.tip) / 0.3, 0, 1)
        hanging = across + fault.lean * (depth - 0.5) > 0
        restored -= (hanging * size[..., None] * growth).astype(np.float32)
    return restored


def _draw_faults(rng: np.random.Generator) -> list[_Fault]:
    main = rng.uniform(1.2, 1.9)
    # Extension: the block above a fault slips down it, so the throw's sign follows the dip's.
    sides = rng.choice([-1, 1], 5)
    return [
        _Fault(
            strike=main + rng.normal(0, 0.18),
            offset=offset + rng.uniform(-0.05, 0.05),
            lean=-side * rng.uniform(0.12, 0.3),
            throw=side * rng.uniform(0.03, 0.07),
            centre=rng.uniform(-0.2, 0.6),
            length=rng.uniform(0.5, 0.9),
            tip=rng.uniform(0.3, 0.5),
        )
        for offset, side in zip((0.12, 0.3, 0.5, 0.7, 0.9), sides, strict=True)
    ]


def _layering(
    rng: np.random.Generator,
    x: np.ndarray,
    y: np.ndarray,
    tops: list[np.ndarray],
    restored: np.ndarray,
    group: np.ndarray,
) -> np.ndarray:
    """Stratigraphic coordinate of every voxel, by the way each group was laid down."""
    shape = group.shape[:2]
    middle, lower, chalk, scruff = (tops[n][..., None] for n in (MIDDLE, LOWER, CHALK, SCRUFF))
    dip = 0.25 * (y - 0.5) + 0.12 * (x - 0.5)
    older = 0.06 * smooth_field(rng, shape, 0.1)
    # Young beds lie flat on top and drape the deeper ones: some of their relief is passed up.
    layer = restored - (middle - middle.mean()) * (0.3 + 0.6 * np.clip(restored / middle, 0, 1))
    # A delta builds out along the crosslines: its beds are sigmoids that step forward.
    share = np.clip((restored - middle) / (lower - middle), 0.02, 0.98)
    sigmoid = 0.25 * (lower - middle) * np.log(share / (1 - share))
    forward = (0.75 * y + 0.15 * x + 0.03 * smooth_field(rng, shape, 0.15))[..., None]
    beds = {
        MIDDLE: forward + sigmoid,
        # Deep-water clays drape their base.
        LOWER: chalk - restored,
        # Parallel to their own base, so that the younger beds are cut by the unconformity above.
        CHALK: restored - scruff,
        # Folded before the next unconformity cut them off.
        SCRUFF: restored - (dip + older)[..., None],
        ZECHSTEIN: 0.02 * smooth_field(rng, group.shape, 0.03),
    }
    for number, bed in beds.items():
        inside = group == number
        layer[inside] = np.broadcast_to(bed, group.shape)[inside]
    layers: np.ndarray = layer.astype(np.float32)
    return layers
