"""Open a survey with the docks beside it from a script, and steer them from there.

    python docks_from_a_script.py [SURVEY.sgy]

Without a file it opens the built-in synthetic survey. Set NAPARI_S6_CLOSE=1 to close the window
again after a moment, as a test does.
"""

import os
import sys

import napari
from qtpy.QtCore import QTimer

from napari_s6.plugin.session.window import session_of

viewer = napari.Viewer()
if len(sys.argv) > 1:
    viewer.open(sys.argv[1], plugin="napari-s6")
else:
    viewer.open_sample("napari-s6", "synthetic")
for name in ("Section", "Facies", "Train S6", "Export facies"):
    viewer.window.add_plugin_dock_widget("napari-s6", name, tabify=True)

# The docks show and change one session; a script may do the same.
session = session_of(viewer)
session.configure(preset="fast", minutes=3.0, model="constrained")
labels = session.interpretation.new_labels()
print("paint into the layer", labels.name, "then press Train S6")

if os.environ.get("NAPARI_S6_CLOSE"):
    QTimer.singleShot(1000, viewer.close)
napari.run()
