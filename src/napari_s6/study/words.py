"""What orientations and vertical axes are called in pictures."""

WORDS = {"iline": "inline", "xline": "crossline"}
LABELS = {"twt": "two-way time (ms)", "depth": "depth (m)"}
