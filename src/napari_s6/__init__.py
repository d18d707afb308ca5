"""Seismic facies from a few painted sections: the S6 method in napari, in a shell and in Python."""

__version__ = "0.1.0"
