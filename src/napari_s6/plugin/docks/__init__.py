"""The docks, one module or one folder each."""
