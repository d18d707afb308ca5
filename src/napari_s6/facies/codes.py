"""The facies codes of arrays, napari layers and SEG-Y files, and the way between them.

Class k of C is k = 0..C-1 in arrays and in our files, and 255 where nothing is labelled. A napari
label layer holds 0 = unlabelled and k + 1; an int8 SEG-Y holds k and -1. This mapping is written
here and nowhere else.

Examples
--------
>>> codes = np.array([0, 5, 255], np.uint8)
>>> to_layer(codes)
array([1, 6, 0], dtype=uint8)
>>> from_layer(to_layer(codes))
array([  0,   5, 255], dtype=uint8)
>>> to_segy(codes)
array([ 0,  5, -1], dtype=int8)
"""

import numpy as np

UNLABELLED = 255
UNLABELLED_SEGY = -1
MAX_CLASSES = 127


def to_layer(codes: np.ndarray) -> np.ndarray:
    """Turn facies codes (255 = unlabelled) into napari label values (uint8, 0 = unlabelled)."""
    return np.asarray(codes, np.uint8) + np.uint8(1)


def from_layer(values: np.ndarray) -> np.ndarray:
    """Turn napari label values (0 = unlabelled) into facies codes (uint8, 255 = unlabelled)."""
    return np.asarray(values).astype(np.uint8) - np.uint8(1)


def to_segy(codes: np.ndarray) -> np.ndarray:
    """Turn facies codes (255 = unlabelled) into SEG-Y samples (int8, -1 = unlabelled)."""
    codes = np.asarray(codes, np.uint8)
    return np.where(codes == UNLABELLED, np.int8(UNLABELLED_SEGY), codes.astype(np.int8))
