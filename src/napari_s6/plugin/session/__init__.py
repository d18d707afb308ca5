"""The one place that holds the window's state, and starts training and prediction."""
