"""Who acts and who is acted upon: phrases to canonical names, countries and PLOVER sectors."""

from transforms.extract.actors.cast import Cast

__all__ = ["Cast"]
