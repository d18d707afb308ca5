"""Painting facies: the layer in hand, how much is painted, and its safe keeping."""
