"""Places: find the toponyms of an article, resolve them, and say where an event happened.

`find` gives the toponyms of an article (`transforms.extract.model.Place`), `find_all` those of
many; `place_event` picks the one at which an event took place. All knowledge is in the gazetteer
beside this module; see `README.md`.
"""

from transforms.extract.places.find import find, find_all
from transforms.extract.places.where import place_event

__all__ = ["find", "find_all", "place_event"]
