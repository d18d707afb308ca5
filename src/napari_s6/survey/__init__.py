"""Seismic volumes in and out: SEG-Y, arrays, stores, the benchmark, the synthetic survey."""
