"""Moments as people say them."""

from datetime import datetime


def when(seconds: float, now: datetime | None = None) -> str:
    """Return a moment as people say it.

    >>> noon = datetime(2026, 3, 2, 12)
    >>> when(datetime(2026, 3, 1, 17, 40).timestamp(), noon)
    'yesterday 17:40'
    >>> when(datetime(2026, 1, 3, 9, 5).timestamp(), noon)
    '3 January 2026 09:05'
    """
    moment, now = datetime.fromtimestamp(seconds), now or datetime.now()
    days = (now.date() - moment.date()).days
    if days in (0, 1):
        return f"{'yesterday' if days else 'today'} {moment:%H:%M}"
    return f"{moment.day} {moment:%B %Y %H:%M}"
