"""Seismic volumes in and out: SEG-Y, arrays and stores, the public benchmark, the synthetic survey."""
