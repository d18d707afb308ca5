"""What each command of the command line does."""

from napari_s6.verbs.conversion import convert
from napari_s6.verbs.files import demo, evaluate, export, fetch, info
from napari_s6.verbs.horizons import labels
from napari_s6.verbs.prediction import predict
from napari_s6.verbs.training import train

__all__ = ["convert", "demo", "evaluate", "export", "fetch", "info", "labels", "predict", "train"]
