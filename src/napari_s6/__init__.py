"""Seismic facies from a few painted sections: the S6 method in napari, in a shell and in Python.

The functions below do the whole job, from a file to a file. Each is loaded when it is first used,
so that the import itself costs nothing.
"""

TYPE_CHECKING = False  # typing's own would make the import ten times as long
if TYPE_CHECKING:
    from napari_s6.api import evaluate, open, open_labels, save, train, train_events
    from napari_s6.errors import InputError
    from napari_s6.facies.scheme import FaciesScheme
    from napari_s6.learn.config import TrainConfig
    from napari_s6.survey.reading import Reading
    from napari_s6.trained_model import TrainedModel, load_model, predict

__version__ = "0.1.0"

__all__ = [
    "FaciesScheme",
    "InputError",
    "Reading",
    "TrainConfig",
    "TrainedModel",
    "__version__",
    "evaluate",
    "load_model",
    "open",
    "open_labels",
    "predict",
    "save",
    "train",
    "train_events",
]

_ELSEWHERE = {
    "FaciesScheme": "facies.scheme",
    "InputError": "errors",
    "Reading": "survey.reading",
    "TrainConfig": "learn.config",
    "TrainedModel": "trained_model",
    "load_model": "trained_model",
    "predict": "trained_model",
}


def __getattr__(name: str) -> object:
    """Load what is asked for by name; everything else is in `napari_s6.api`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, 'api')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
