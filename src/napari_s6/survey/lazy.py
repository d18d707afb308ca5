"""Volumes whose samples are read when somebody looks at them."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

Key = tuple[Any, ...]


def backing_array(volume: xr.DataArray) -> Any:
    """Return what a volume's samples are read from, lazy or not, without reading any."""
    return volume.variable._data


class LazyArray(BackendArray):
    """Give xarray an array of which only what is asked for is read or computed.

    A subclass sets ``shape`` and ``dtype`` and says in ``_read`` what a selection holds. It is
    never written to: a copy of a volume shares it, and reads nothing.
    """

    __slots__ = ()

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def _read(self, key: Key) -> np.ndarray:
        """Return an outer selection: an integer, a slice or an array of positions for each axis.

        Axes selected by an integer are gone from what is returned.
        """
        raise NotImplementedError

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        selected: np.ndarray = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )
        return selected

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def lazily(self) -> indexing.LazilyIndexedArray:
        """Return it as a variable's data, of which slices are not read either."""
        return indexing.LazilyIndexedArray(self)

    def on(
        self, like: xr.DataArray, name: str, attrs: Mapping[Any, Any] | None = None
    ) -> xr.DataArray:
        """Return it as a volume on the grid of another, with that one's live traces."""
        coords = {key: like.coords[key] for key in (*like.dims, "live") if key in like.coords}
        return xr.DataArray(
            xr.Variable(like.dims, self.lazily()), coords=coords, name=name, attrs=attrs
        )
