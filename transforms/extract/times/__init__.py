"""Time expressions (TIMEX3) and the dates of events."""

from transforms.extract.times.dating import date_event, needed
from transforms.extract.times.finding import find

__all__ = ["date_event", "find", "needed"]
