"""The network, its losses, and what makes it faster or steadier."""
