"""What runs in the background: a thread of its own, a queue of news, a Stop button."""
