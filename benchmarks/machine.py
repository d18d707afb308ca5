"""What a measurement was made on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
import torch

from napari_s6.learn.device import computes_bfloat16, describe_device
from napari_s6.learn.model import installed_versions

MORE_PACKAGES = ("napari", "PySide6", "zarr")


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine(device: torch.device) -> dict[str, Any]:
    """Processor, cores, memory, system and the device that computes."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "device": describe_device(device),
        "bfloat16": computes_bfloat16(device),
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that matter to a measurement."""
    found = installed_versions()
    for package in MORE_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def load_average() -> list[float]:
    """How many processes wanted the processor in the last 1, 5 and 15 minutes."""
    return [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else []
