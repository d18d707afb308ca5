"""What the network is shown: sections, normalised, cut, augmented and put into batches."""
