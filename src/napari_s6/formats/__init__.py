"""Seismic volumes in files: SEG-Y, arrays and stores, the public benchmark; opened, saved, converted."""
