"""Table 1 of the S6 paper: mean and standard deviation of five runs.

Soliman, Lehman and AlRegib, "S6: Semi-supervised self-supervised semantic segmentation", 2020.
"""

from dataclasses import dataclass

from napari_s6.learn.config import ModelKind

INITIALS = ("U", "M", "L", "R", "S", "Z")
"""Upper, Middle, Lower North Sea, Rijnland/Chalk, Scruff, Zechstein."""


@dataclass(frozen=True)
class Published:
    """A row: ``iou`` is (mean, deviation), None where it cannot be read; ``accuracy`` by class."""

    iou: tuple[float, float] | None
    accuracy: tuple[tuple[float, float], ...]


TABLE1: dict[tuple[float, ModelKind], Published] = {
    (8, "unconstrained"): Published(
        (0.519, 0.06),
        ((0.982, 0.00), (0.878, 0.02), (0.964, 0.01), (0.614, 0.31), (0.209, 0.26), (0.077, 0.15)),
    ),
    (8, "constrained"): Published(
        (0.563, 0.05),
        ((0.964, 0.02), (0.908, 0.02), (0.926, 0.06), (0.734, 0.11), (0.364, 0.07), (0.161, 0.18)),
    ),
    (6, "unconstrained"): Published(
        (0.509, 0.09),
        ((0.964, 0.01), (0.909, 0.02), (0.968, 0.00), (0.606, 0.30), (0.194, 0.25), (0.087, 0.17)),
    ),
    (6, "constrained"): Published(
        (0.624, 0.05),
        ((0.977, 0.01), (0.853, 0.06), (0.960, 0.02), (0.734, 0.04), (0.500, 0.14), (0.319, 0.21)),
    ),
    (4, "unconstrained"): Published(
        None,
        ((0.986, 0.01), (0.538, 0.44), (0.770, 0.38), (0.517, 0.29), (0.441, 0.27), (0.092, 0.18)),
    ),
    (4, "constrained"): Published(
        (0.596, 0.07),
        ((0.902, 0.08), (0.868, 0.03), (0.930, 0.04), (0.770, 0.02), (0.548, 0.23), (0.311, 0.10)),
    ),
    (2, "unconstrained"): Published(
        (0.414, 0.08),
        ((0.981, 0.02), (0.687, 0.34), (0.943, 0.02), (0.339, 0.28), (0.170, 0.21), (0.008, 0.02)),
    ),
    (2, "constrained"): Published(
        (0.608, 0.05),
        ((0.926, 0.05), (0.880, 0.02), (0.954, 0.01), (0.703, 0.08), (0.613, 0.08), (0.203, 0.18)),
    ),
}
