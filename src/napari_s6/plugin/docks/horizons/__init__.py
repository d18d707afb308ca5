"""The *Horizons* dock."""
