"""Horizons: surfaces between facies, from files and to files, and facies between them."""
