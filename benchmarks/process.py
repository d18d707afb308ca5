"""Hold what a measurement in a process of its own needs: its place, environment and memory."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def memory() -> dict[str, float]:
    """MB of private memory and of mapped files of this process, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name.startswith("Rss")
    }
    private = kilobytes["RssAnon"] + kilobytes["RssShmem"]
    return {"private": private / 1024, "mapped": kilobytes["RssFile"] / 1024}


def own_environment(folder: str) -> dict[str, str]:
    """The environment for a window that leaves the user's settings, models and paint alone."""
    return dict(
        os.environ,
        QT_API="pyside6",
        XDG_DATA_HOME=folder,
        NAPARI_CONFIG=str(Path(folder) / "settings.yaml"),
        NAPARI_S6_PROJECTS=str(Path(folder) / "projects"),
    )
