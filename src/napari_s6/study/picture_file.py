"""Write matplotlib figures as pictures, without a screen."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from napari_s6.survey.atomic import atomic_path


def save_picture(figure: Figure, out: Path, *, dpi: int = 110) -> Path:
    """Write a figure as a picture, which replaces an earlier one whole; return its path."""
    FigureCanvasAgg(figure)
    with atomic_path(out, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=dpi)
    return out
