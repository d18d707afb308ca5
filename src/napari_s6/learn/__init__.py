"""The network, its training and prediction, metrics and checkpoints."""
