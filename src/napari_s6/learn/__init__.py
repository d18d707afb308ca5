"""The network, its training and prediction, metrics and checkpoints."""

import os

# Read when torch loads its OpenMP library. A thread that waits for the others then sleeps instead
# of spinning: as fast where the cores are free, and many times faster where they are shared, with a
# window that is being drawn or with another program.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
