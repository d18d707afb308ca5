"""How volumes are cut for Zarr: bricks that serve all three slices, gathered into fewer files."""

from collections.abc import Iterator
from itertools import pairwise

# A brick of 65536 samples: an inline or crossline of any survey reads 32 lines' worth, a time slice
# 64 samples' worth. Interpreters look at sections more than at time slices, and networks only.
CHUNK = (32, 32, 64)
# A file (a "shard") holds this many bricks: a survey of 50 GB has three thousand files.
BRICKS = (2, 4, 8)

Shape = tuple[int, int, int]


def zarr_chunks(shape: tuple[int, ...]) -> Shape:
    """Size of a brick, no larger than the volume."""
    inlines, crosslines, samples = (min(c, n) for c, n in zip(CHUNK, shape, strict=True))
    return inlines, crosslines, samples


def zarr_shards(shape: tuple[int, ...]) -> Shape:
    """Size of the part of a volume that one file holds, a multiple of the bricks'."""
    chunks = zarr_chunks(shape)
    inlines, crosslines, samples = (
        c * min(b, -(-n // c)) for c, b, n in zip(chunks, BRICKS, shape, strict=True)
    )
    return inlines, crosslines, samples


def zarr_blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice, float]]:
    """Yield ranges of inlines and crosslines that fill whole files, and the share done then.

    A block of whole traces is 8192 traces at most.
    """
    rows, columns, _ = zarr_shards(shape)
    row_edges = [*range(0, shape[0], rows), shape[0]]
    column_edges = [*range(0, shape[1], columns), shape[1]]
    total = (len(row_edges) - 1) * (len(column_edges) - 1)
    done = 0
    for top, bottom in pairwise(row_edges):
        for left, right in pairwise(column_edges):
            done += 1
            yield slice(top, bottom), slice(left, right), done / total
