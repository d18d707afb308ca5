"""SEG-Y: how a file is laid out, what its headers say, and its samples as a lazy volume."""
