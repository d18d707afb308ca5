"""Importing torch inside a running napari: safely, in the background, once.

On Linux with Mesa's software renderer, Mesa and triton each bring LLVM, and once a canvas exists
their symbols mix: importing triton then ends the process. Loading triton's library first with
``RTLD_DEEPBIND``, so that it binds to its own symbols, avoids this. Importing torch and the network
library takes seconds; in a thread the window stays usable meanwhile, but for what holds the
interpreter all along: loading shared libraries, and collecting garbage among a million new objects.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

_TRITON = "triton._C.libtriton"
# Ours first: it says how torch's threads wait, which torch reads while it is imported.
_MODULES = ("napari_s6.learn", "torch", "segmentation_models_pytorch")
# The first makes symbols global, as torch does; the second brings everything but the bindings.
_LIBRARIES = ("libtorch_global_deps.so", ctypes.RTLD_GLOBAL), ("libtorch.so", ctypes.RTLD_LOCAL)

_lock = threading.Lock()
_import: "Future[None] | None" = None


def prepare_triton() -> None:
    """Load triton's library bound to its own symbols; nothing where that is not needed.

    May be called any number of times, from any thread, with or without triton installed.
    """
    deepbind = getattr(os, "RTLD_DEEPBIND", None)
    if deepbind is None or _TRITON in sys.modules or importlib.util.find_spec("triton") is None:
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_NOW | deepbind)
    try:
        importlib.import_module(_TRITON)
    finally:
        sys.setdlopenflags(flags)


def load_libraries() -> None:
    """Load torch's shared libraries without holding the interpreter; torch finds them loaded.

    An import holds it while the dynamic linker works: a third of a second from memory, many
    seconds from a slow disk, in which no window is drawn. What cannot be loaded like this is
    left to the import, which then tells. Linux only.
    """
    torch = importlib.util.find_spec("torch") if sys.platform == "linux" else None
    if torch is None or "torch" in sys.modules or not torch.submodule_search_locations:
        return
    if os.environ.get("LD_LIBRARY_PATH"):
        return  # torch then loads some in an order of its own, lest it get others of their name
    # As a foreign function, which gives the interpreter free; the constructor of CDLL does not.
    open_library = ctypes.CDLL(None).dlopen
    open_library.argtypes, open_library.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    for name, scope in _LIBRARIES:
        path = Path(torch.submodule_search_locations[0], "lib", name)
        if path.exists():
            open_library(os.fsencode(path), os.RTLD_NOW | scope)


@contextlib.contextmanager
def garbage_left() -> Iterator[None]:
    """Collect no garbage meanwhile, and never look again at what is there afterwards.

    An import makes a million objects that stay. Looking through them again and again, all threads
    waiting, is half of what importing torch takes in a window, and each look later holds it up for
    a third of a second. Garbage is collected first, as what is there then is not looked at either.
    """
    if not gc.isenabled():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        # Python's last collection is to see them: libraries report what it leaves as leaks.
        atexit.register(gc.unfreeze)


def import_torch(on_ready: Callable[[], None] | None = None) -> "Future[None]":
    """Import torch and the network library in a background thread; the first call starts it.

    Parameters
    ----------
    on_ready
        Called once when the import is done or has failed: in the importing thread, or at once and
        in this thread if it was done before. To touch the window, emit a Qt signal from it.

    Returns
    -------
    concurrent.futures.Future
        Done when the modules are there; ``.exception()`` tells why they are not. Always the same
        one, except that a failed import is tried again.
    """
    global _import
    with _lock:
        failed = _import is not None and _import.done() and _import.exception() is not None
        if _import is None or failed:
            _import = Future()
            threading.Thread(
                target=_run, args=(_import,), name="napari-s6 import", daemon=True
            ).start()
        running = _import
    if on_ready is not None:
        running.add_done_callback(lambda _done: on_ready())
    return running


def torch_is_ready() -> bool:
    """Whether the import has been done and succeeded."""
    return _import is not None and _import.done() and _import.exception() is None


def _run(running: "Future[None]") -> None:
    try:
        with garbage_left():
            prepare_triton()
            load_libraries()
            for name in _MODULES:
                importlib.import_module(name)
    except BaseException as error:  # told through the future, whatever it is
        traceback.clear_frames(error.__traceback__)
        running.set_exception(error)
    else:
        running.set_result(None)
