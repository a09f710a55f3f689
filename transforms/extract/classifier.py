"""A linear classifier of PLOVER root types for an actor, a recipient and what stands between.

Multinomial logistic regression over hashed binary features of the parse: the verbs and nouns on
the path between the two, their particles, objects, auxiliaries and negation, and what the lexicon
found. Words enter only where the lexicon knows them, so that topics cannot be learned by heart.
The weights in `classifier.npz` are fitted offline by `tests/benchmarks/fit_classifier.py` on the
PLV sentences, whose licence is not stated; only weights over hashed features are shipped.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transforms.extract.lexicon import Lexicon
from transforms.extract.lexicon.match import is_passive, lemma
from transforms.extract.syntax import Doc, Token
from transforms.extract.triggers import Candidate

PARAMETERS = Path(__file__).with_name("classifier.npz")
BUCKETS = 1 << 14
CONTENT = frozenset(("VERB", "NOUN", "ADJ", "ADV", "AUX", "ADP", "PART"))
MODALS = frozenset(("will", "would", "can", "could", "may", "might", "must", "should", "shall"))
MOST_STEPS = 40

RELEASING = frozenset(
    ("release", "free", "withdraw", "surrender", "return", "retreat", "disarm", "resign",
     "repatriate", "evacuate", "ceasefire", "truce", "demobilize", "liberate", "dismantle")
)  # fmt: skip


def bucket(feature: str) -> int:
    """Return the index of a feature: the same on every machine."""
    return zlib.crc32(feature.encode("utf-8")) % BUCKETS


_vocabularies: dict[int, frozenset[str]] = {}


def known_words(lexicon: Lexicon) -> frozenset[str]:
    """Return every lemma that the lexicon mentions."""
    key = id(lexicon)
    if key not in _vocabularies:
        words = set(lexicon.verbs) | set(lexicon.nouns)
        for name in ("person", "company", "vehicle", "sport", "product", "quantity", "structure"):
            words -= lexicon.classes[name].lemmas - set(lexicon.verbs) - set(lexicon.nouns)
        for name, filler in lexicon.classes.items():
            if name not in ("person", "company", "group", "product", "sport", "quantity"):
                words |= filler.lemmas
        _vocabularies[key] = frozenset(words)
    return _vocabularies[key]


def features(
    doc: Doc,
    actor: Token | None,
    recipient: Token | None,
    candidates: list[Candidate],
    lexicon: Lexicon,
    chosen: Candidate | None = None,
) -> list[str]:
    """Return the names of the features of a pair in a sentence.

    `candidates` are the events that the lexicon found in the sentence; `chosen` the one whose
    arguments are the pair, if one is.
    """
    known = known_words(lexicon)
    found = ["bias"]

    def word(token: Token) -> str:
        form = lemma(token)
        return form if form in known or token.pos_ in ("ADP", "AUX", "PART") else token.pos_

    if chosen is not None:
        found += [
            f"chosen={chosen.event_type}",
            f"chosen={chosen.event_type}/{chosen.event_mode}",
            f"chosen={chosen.event_type}+{chosen.how}",
            f"chosen+head={chosen.event_type}+{lemma(chosen.match.head)}",
            f"entry={chosen.match.entry.pattern}",
        ]
        found += [f"chosen-from={chosen.source_type}"] if chosen.source_type else []
        found += [f"alternative={a}" for a in chosen.alternatives]
    else:
        found.append("chosen=none")
    for candidate in candidates:
        found.append(f"any={candidate.event_type}")
    path = _path(actor, recipient)
    for token in path:
        found.append(f"path={word(token)}")
    found += [f"path2={word(a)}+{word(b)}" for a, b in pairwise(path)]
    verbs = _verbs(actor, recipient, doc)
    for position, verb in enumerate(verbs[:3]):
        prefix = "main" if position == 0 else "near"
        here = word(verb)
        found.append(f"{prefix}={here}")
        if is_passive(verb):
            found.append(f"{prefix}=passive")
        for child in verb.children:
            if child.dep_ == "neg":
                found += [f"{prefix}=neg", f"{prefix}-neg={here}"]
            elif child.dep_ == "aux" and child.lower_ in MODALS:
                found += [f"{prefix}-modal={child.lower_}", f"{prefix}-modal={child.lower_}+{here}"]
            elif child.dep_ in ("dobj", "prt", "xcomp", "attr", "acomp", "nsubjpass", "ccomp"):
                found += [f"{prefix}-{child.dep_}={word(child)}",
                          f"{prefix}-{child.dep_}={here}+{word(child)}"]  # fmt: skip
                for grand in child.children:
                    if grand.dep_ in ("dobj", "prep", "neg", "amod", "compound", "xcomp", "aux"):
                        found.append(f"{prefix}-2={word(child)}+{word(grand)}")
            elif child.dep_ == "prep":
                found.append(f"{prefix}-prep={here}+{child.lower_}")
                for grand in child.children:
                    if grand.dep_ in ("pobj", "pcomp"):
                        found.append(f"{prefix}-prep={child.lower_}+{word(grand)}")
    if actor is not None and recipient is not None:
        first, last = sorted((actor.i, recipient.i))
        inside = [t for t in doc[first + 1 : last] if t.pos_ in CONTENT and not t.ent_type_]
        found += [f"between={word(t)}" for t in inside]
        found += [f"between2={word(a)}+{word(b)}" for a, b in pairwise(inside)]
        found.append("order=ar" if actor.i < recipient.i else "order=ra")
    else:
        found.append("one-party")
    for token in doc:
        if token.pos_ in ("VERB", "NOUN", "ADJ") and lemma(token) in known:
            found.append(f"word={lemma(token)}")
    return list(dict.fromkeys(found))


def _up(token: Token | None) -> list[Token]:
    chain: list[Token] = []
    while token is not None and len(chain) < MOST_STEPS:
        chain.append(token)
        if token.head == token:
            break
        token = token.head
    return chain


def _path(actor: Token | None, recipient: Token | None) -> list[Token]:
    """Return the tokens on the way between two, ends left out, in the order of the walk."""
    left, right = _up(actor), _up(recipient)
    if not left or not right:
        return (left or right)[1:6]
    common = {t.i for t in right}
    meet = next((t for t in left if t.i in common), None)
    if meet is None:
        return left[1:4] + right[1:4]
    first = left[: [t.i for t in left].index(meet.i)]
    second = right[: [t.i for t in right].index(meet.i)]
    return [t for t in [*first, meet, *reversed(second)] if t not in (actor, recipient)][:12]


def _verbs(actor: Token | None, recipient: Token | None, doc: Doc) -> list[Token]:
    """Return the verbs nearest to the pair, the actor's own first."""
    verbs = [t for t in _path(actor, recipient) if t.pos_ in ("VERB", "AUX")]
    verbs += [t for t in _up(actor) if t.pos_ in ("VERB", "AUX")]
    verbs += [t for t in _up(recipient) if t.pos_ in ("VERB", "AUX")]
    verbs += [t for t in doc if t.dep_ == "ROOT"]
    return list({t.i: t for t in verbs}.values())


class Classifier:
    """The fitted weights: `weights` is buckets by types, `intercept` by types."""

    def __init__(
        self,
        types: list[str],
        weights: NDArray[np.float32],
        intercept: NDArray[np.float32],
    ) -> None:
        self.types = types
        self.weights = weights
        self.intercept = intercept

    def probabilities(self, names: Iterable[str]) -> dict[str, float]:
        """Return the probability of each root type, given feature names."""
        indices = np.fromiter({bucket(name) for name in names}, dtype=np.int64)
        scores = self.intercept + self.weights[indices].sum(axis=0, dtype=np.float32)
        scores = np.exp(scores - scores.max())
        return dict(zip(self.types, (scores / scores.sum()).tolist(), strict=True))


@cache
def load() -> Classifier:
    """Read the weights that ship with the project."""
    with np.load(PARAMETERS) as stored:
        types = json.loads(bytes(stored["types"]).decode("utf-8"))
        weights = stored["weights"].astype(np.float32)
        return Classifier(types, weights, stored["intercept"].astype(np.float32))


def split_yield(chosen: Candidate | None, doc: Doc) -> str:
    """Decide whether yielding is in words (CONCEDE) or in deeds (RETREAT)."""
    if chosen is not None:
        for kind in (chosen.event_type, chosen.source_type):
            if kind in ("CONCEDE", "RETREAT"):
                return str(kind)
    return "RETREAT" if any(lemma(t) in RELEASING for t in doc) else "CONCEDE"
