"""The paper's experiment and the protocol for few real lines."""
