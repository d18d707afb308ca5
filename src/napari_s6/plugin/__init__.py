"""All of napari and Qt: reader, writer, samples, the session and its docks."""
