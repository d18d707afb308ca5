"""The facies codes of arrays, napari layers and SEG-Y files, and the way between them.

Class k of C is k = 0..C-1 in arrays and in our files, and 255 where nothing is labelled. A napari
label layer holds 0 = unlabelled and k + 1; an int8 SEG-Y holds k and -1. This mapping is written
here and nowhere else.
"""

import numpy as np

UNLABELLED = 255
UNLABELLED_SEGY = -1
MAX_CLASSES = 127


def to_layer(codes: np.ndarray) -> np.ndarray:
    """Facies codes (uint8, 255 = unlabelled) as napari label values (uint8, 0 = unlabelled)."""
    return np.asarray(codes, np.uint8) + np.uint8(1)


def from_layer(values: np.ndarray) -> np.ndarray:
    """napari label values (0 = unlabelled) as facies codes (uint8, 255 = unlabelled)."""
    return np.asarray(values).astype(np.uint8) - np.uint8(1)


def to_segy(codes: np.ndarray) -> np.ndarray:
    """Facies codes (uint8, 255 = unlabelled) as int8 SEG-Y samples (-1 = unlabelled)."""
    codes = np.asarray(codes, np.uint8)
    return np.where(codes == UNLABELLED, np.int8(UNLABELLED_SEGY), codes.astype(np.int8))
