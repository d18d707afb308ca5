"""``python -m napari_s6``: the command line."""

import sys

from napari_s6.cli.main import main

sys.exit(main())
