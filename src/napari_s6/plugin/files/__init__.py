"""napari's ways in and out: reader, writers, samples and exports."""
