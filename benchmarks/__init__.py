"""How fast it is, as ratios against a plain textbook program measured in the same run."""
