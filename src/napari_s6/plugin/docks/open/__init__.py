"""The *Open seismic* dock."""
