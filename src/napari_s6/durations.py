"""Time spans in words, the same in the window, on the command line and in reports."""


def duration(seconds: float) -> str:
    """Return a time span as people say it: ``"40 s"``, ``"3 min"``, ``"1 h 20 min"``."""
    if seconds < 59.5:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
