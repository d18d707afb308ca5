"""Facies: the scheme, painted labels as targets, label fraction and splits, horizons and intervals."""
