import numpy as np
import pytest
import xarray as xr

from napari_s6.facies.scheme import generic
from napari_s6.facies.split import Piece, split_validation
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.survey.volume import make_volume

SHAPE = (200, 300, 2)


def painted(inlines, crosslines=()) -> tuple[xr.DataArray, Targets]:
    volume = make_volume(
        np.broadcast_to(np.float32(0), SHAPE),
        iline=100 + np.arange(SHAPE[0]),
        xline=300 + np.arange(SHAPE[1]),
        samples=4.0 * np.arange(SHAPE[2]),
    )
    codes = np.full(SHAPE, 255, np.uint8)
    codes[list(inlines)] = 0
    codes[:, list(crosslines)] = 0
    return volume, make_targets(volume, codes, generic(1))


def traces_of(pieces: list[Piece], targets: Targets) -> np.ndarray:
    """Map of the traces that the pieces hold."""
    held = np.zeros(SHAPE[:2], bool)
    for piece in pieces:
        line = targets.position(piece.section)
        if piece.section.orientation == "iline":
            held[line, piece.start : piece.stop] = True
        else:
            held[piece.start : piece.stop, line] = True
    return held


def gap(training: np.ndarray, validation: np.ndarray, axis: int) -> int:
    """Smallest distance along an axis between the two maps where they face each other."""
    smallest = 10**9
    for line in range(training.shape[1 - axis]):
        a = np.flatnonzero(training.take(line, axis=1 - axis))
        b = np.flatnonzero(validation.take(line, axis=1 - axis))
        if a.size and b.size:
            smallest = min(smallest, int(np.abs(a[:, None] - b[None, :]).min()))
    return smallest


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "lines",
    [
        (range(200), ()),
        (range(0, 200, 9), ()),
        (range(0, 200, 9), range(0, 300, 50)),
        (range(200), range(300)),
        ((30, 150), ()),
        ((30,), ()),
        ((30, 31, 32, 150), (27, 200)),
    ],
)
def test_block_validation_never_touches_training(lines, seed) -> None:
    volume, targets = painted(*lines)
    training, validation = split_validation(volume, targets, seed=seed)
    assert training
    assert validation
    train_map, validation_map = traces_of(training, targets), traces_of(validation, targets)
    assert not (train_map & validation_map).any()
    assert gap(train_map, validation_map, 0) > 2
    assert gap(train_map, validation_map, 1) > 2
    assert train_map.sum() > 0.55 * (traces_of(split_none(volume, targets), targets)).sum()


def split_none(volume: xr.DataArray, targets: Targets) -> list[Piece]:
    training, validation = split_validation(volume, targets, how="none")
    assert validation == []
    return training


def test_without_validation_every_section_is_whole() -> None:
    volume, targets = painted((30, 31), (27,))
    assert split_none(volume, targets) == [
        Piece(s, 0, 300 if s.orientation == "iline" else 200) for s in targets.sections
    ]


def test_few_sections_keep_back_a_tenth_of_each() -> None:
    volume, targets = painted((30, 31, 150), (27,))
    _, validation = split_validation(volume, targets, seed=1)
    assert [p.stop - p.start for p in validation] == [30, 30, 30, 20]
    assert len({(p.start, p.stop) for p in validation[:3]}) == 1


def test_many_sections_keep_back_a_run_of_neighbours() -> None:
    volume, targets = painted(range(0, 200, 2))
    training, validation = split_validation(volume, targets, seed=1)
    lines = [p.section.line for p in validation]
    assert len(lines) == 10
    assert np.diff(lines).tolist() == [2] * 9
    assert all((p.start, p.stop) == (0, 300) for p in [*training, *validation])
    unused = 100 - len(training) - 10
    assert unused in (2, 4)  # a buffer of four lines at one or both ends


def test_random_validation_takes_any_tenth_of_the_sections() -> None:
    volume, targets = painted(range(0, 200, 2))
    training, validation = split_validation(volume, targets, how="random", seed=1)
    lines = [p.section.line for p in validation]
    assert len(lines) == 10
    assert len(training) == 90
    assert set(np.diff(lines)) != {2}


def test_splits_follow_the_seed() -> None:
    volume, targets = painted(range(0, 200, 2))
    first, again, other = (split_validation(volume, targets, seed=s) for s in (5, 5, 6))
    assert first == again
    assert first != other


def test_too_little_paint_is_all_trained_on() -> None:
    volume, _ = painted((0,))
    codes = np.full(SHAPE, 255, np.uint8)
    codes[30, 100:109] = 0
    targets = make_targets(volume, codes, generic(1))
    training, validation = split_validation(volume, targets)
    assert validation == []
    assert len(training) == len(targets.sections)
