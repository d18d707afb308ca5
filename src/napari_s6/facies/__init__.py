"""Facies: the scheme, painted labels as targets, label fraction, splits, horizons, baselines."""
