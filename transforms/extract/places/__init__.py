"""Places: find the toponyms of an article, resolve them, and say where an event happened.

`find` gives the toponyms (`transforms.extract.model.Place`); `place_event` picks the one at which
an event took place. All knowledge is in the gazetteer beside this module; see `README.md`.
"""

from transforms.extract.places.find import find
from transforms.extract.places.where import place_event

__all__ = ["find", "place_event"]
