"""What each command of the command line does."""

from napari_s6.cli.convert import convert
from napari_s6.cli.files import demo, evaluate, export, fetch, info
from napari_s6.cli.labels import labels
from napari_s6.cli.predict import predict
from napari_s6.cli.train import train

__all__ = ["convert", "demo", "evaluate", "export", "fetch", "info", "labels", "predict", "train"]
