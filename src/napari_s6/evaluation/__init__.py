"""How good a prediction is: metrics, boundary error, and what needs no learning."""
