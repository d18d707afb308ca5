"""Seismic volumes in files: SEG-Y, arrays, stores, the benchmark; opened, saved, converted."""
