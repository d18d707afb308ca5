"""The training run: its data, its loop, and how it is watched, stopped and resumed."""
