"""From articles to stories: which articles are copies of each other, and which one is canonical.

`sketch` turns articles into fingerprints once; everything later works on these. `deduplicate`
matches tonight's sketches against each other and against those that the warehouse already holds;
`candidate_keys` says which of these can matter, and `boilerplate` which fingerprints do not count.
"""

from transforms.deduplicate.repetition import boilerplate
from transforms.deduplicate.sketches import candidate_keys, sketch
from transforms.deduplicate.stories import deduplicate

__all__ = ["boilerplate", "candidate_keys", "deduplicate", "sketch"]
