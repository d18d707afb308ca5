"""The commands of `napari-s6`, one module each: its options and its action."""
