"""From articles to stories: which articles are copies of each other, and which one is canonical.

`sketch` turns articles into fingerprints once; everything later works on these. `compare` finds
the pairs of texts that are alike, among new articles and between these and known ones. `assign`
makes stories of articles and pairs. `deduplicate` does all of this for articles without history.

With a history, `candidate_keys` and `SEARCH` say which known texts to read again
(`sketch_again`), and `join_history` puts what earlier runs found beside what this one did.
`remembered` is what to keep of an article.
"""

from transforms.deduplicate.similarity import SEARCH, Compared, compare
from transforms.deduplicate.sketches import candidate_keys, remembered, sketch, sketch_again
from transforms.deduplicate.stories import TIED, assign, deduplicate, join_history, members

__all__ = [
    "SEARCH",
    "TIED",
    "Compared",
    "assign",
    "candidate_keys",
    "compare",
    "deduplicate",
    "join_history",
    "members",
    "remembered",
    "sketch",
    "sketch_again",
]
