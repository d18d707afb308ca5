"""The interpretation project: one folder that keeps everything, and its state."""
