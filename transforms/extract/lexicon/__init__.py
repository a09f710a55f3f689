"""The lexicon: which words state which events, and how words around them change the meaning.

The entries are in the tab-separated files beside this module; the head of each says how to read
and extend it. A user's files of the same formats (`additions`) are read before ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from transforms.extract import additions, ontology

HERE = Path(__file__).parent
KINDS = ("classes", "verbs", "nouns", "frames", "reversals")

TOKEN = re.compile(r"\{[^}]*\}|<[^>]*>|\[[^\]]*\]|[^\s{}<>\[\]]+")

ENTITY_LABELS = frozenset(
    ("PERSON", "ORG", "GPE", "NORP", "LOC", "FAC", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW")
)
ANY = "@any"
ACTOR = "ACTOR"
REMOVED = "-"
"""In place of a type: the pattern of ours is taken away."""


class LexiconError(ValueError):
    """An entry that cannot be read; the message names file and line."""


@dataclass(frozen=True)
class Filler:
    """What may fill a slot: lemmas, entity labels, or any actor."""

    lemmas: frozenset[str]
    phrases: frozenset[tuple[str, ...]]
    labels: frozenset[str]
    actor: bool = False
    anything: bool = False

    @cached_property
    def heads(self) -> frozenset[str]:
        """The listed words, and of listed phrases the words that head them."""
        phrases = (p[p.index("of") - 1] if "of" in p else p[-1] for p in self.phrases)
        return self.lemmas | frozenset(phrases)

    @property
    def is_open(self) -> bool:
        """Whether a word that is not listed may fill the slot."""
        return self.actor or self.anything or bool(self.labels)


@dataclass(frozen=True)
class Entry:
    """A pattern of the lexicon with the type it means. `parts` are the words that must hang on
    the head: `("word", form)`, `("object", Filler)`, `("behind", (preposition, Filler))`,
    `("complement", Filler)`; `tests` the bracketed conditions."""

    pattern: str
    head: str
    event_type: str
    event_mode: str | None
    cameo_code: str | None
    weight: float
    roles: str
    parts: tuple[tuple[str, object], ...] = ()
    modifiers: tuple[str, ...] = ()
    tests: tuple[tuple[str, Filler | None, bool], ...] = ()
    own: bool = False
    """Whether a user added it."""

    @cached_property
    def forms(self) -> frozenset[str]:
        """The particles and prepositions that the pattern names."""
        named = set()
        for kind, what in self.parts:
            if kind == "word":
                named.add(str(what))
            elif kind == "behind" and isinstance(what, tuple):
                named.add(str(what[0]))
        return frozenset(named)

    @cached_property
    def needs(self) -> tuple[frozenset[str], ...]:
        """Words of each of which, as form or lemma, one must stand in a sentence that matches."""
        needs = [frozenset((form,)) for form in self.forms]
        needs += [frozenset((word,)) for word in self.modifiers]
        fillers = [what[1] if isinstance(what, tuple) else what for _, what in self.parts]
        fillers += [
            filler
            for name, filler, negative in self.tests
            if name in ("subj", "obj", "of", "poss") and not negative
        ]
        for filler in fillers:
            if isinstance(filler, Filler) and not filler.is_open:
                needs.append(filler.heads)
        return tuple(sorted(needs, key=len))

    @property
    def only_light(self) -> bool:
        """Whether the noun counts only as the object of a light verb."""
        return any(name == "light" for name, _, _ in self.tests)

    @property
    def specificity(self) -> int:
        """How much the entry asks for: more specific entries win."""
        return 2 * len(self.parts) + 2 * len(self.modifiers) + len(self.tests)


@dataclass(slots=True)
class Lexicon:
    """All entries by head lemma, and the frames."""

    verbs: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    nouns: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    frames: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    classes: dict[str, Filler] = field(default_factory=dict)
    reversals: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)

    def has(self, effect: str, words: str) -> bool:
        """Say whether `words` have the effect in `frames.tsv`."""
        return words in self.frames[effect]

    def reverse(self, event_type: str, mode: str | None) -> tuple[str, str | None] | None:
        """Return what an event becomes when it stops, if it becomes another event."""
        return self.reversals.get((event_type, mode or "")) or self.reversals.get((event_type, "*"))


def _lines(path: Path) -> Iterable[tuple[int, list[str]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.startswith("#"):
                yield number, line.rstrip("\n").split("\t")


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(";") if word.strip()]


def _filler(text: str, classes: dict[str, Filler], where: str) -> Filler:
    lemmas: set[str] = set()
    phrases: set[tuple[str, ...]] = set()
    labels: set[str] = set()
    actor = anything = False
    for word in (part.strip() for part in re.split(r"[|;]", text)):
        if not word:
            continue
        if word == ANY:
            anything = True
        elif word == ACTOR:
            actor = True
        elif word in ENTITY_LABELS:
            labels.add(word)
        elif word == "@gerund":
            labels.add("VBG")
        elif word.startswith("@"):
            known = classes.get(word[1:])
            if known is None:
                raise LexiconError(f"{where}: unknown class {word}")
            lemmas |= known.lemmas
            phrases |= known.phrases
            labels |= known.labels
            actor |= known.actor
        elif " " in word:
            phrases.add(tuple(word.lower().split()))
        else:
            lemmas.add(word.lower())
    return Filler(frozenset(lemmas), frozenset(phrases), frozenset(labels), actor, anything)


def _tests(text: str, classes: dict[str, Filler], where: str) -> tuple[str, Filler | None, bool]:
    body = text[1:-1].strip()
    name, sign, value = body.partition("=")
    negative = name.endswith("!")
    name = name.rstrip("!").strip()
    return name, _filler(value, classes, where) if sign else None, negative


def _verb(pattern: str, base: Entry, classes: dict[str, Filler], where: str) -> Entry:
    tokens = TOKEN.findall(pattern)
    head = tokens[0].lower()
    parts: list[tuple[str, object]] = []
    tests: list[tuple[str, Filler | None, bool]] = []
    for token in tokens[1:]:
        if token.startswith("["):
            tests.append(_tests(token, classes, where))
        elif token.startswith("<"):
            parts.append(("complement", _filler(token[1:-1], classes, where)))
        elif token.startswith("{"):
            filler = _filler(token[1:-1], classes, where)
            if parts and parts[-1][0] == "word":
                parts[-1] = ("behind", (parts[-1][1], filler))
            else:
                parts.append(("object", filler))
        else:
            parts.append(("word", token.lower()))
    return Entry(
        pattern, head, base.event_type, base.event_mode, base.cameo_code, base.weight,
        base.roles, tuple(parts), (), tuple(tests), base.own,
    )  # fmt: skip


def _noun(pattern: str, base: Entry, classes: dict[str, Filler], where: str) -> Entry:
    words: list[str] = []
    parts: list[tuple[str, object]] = []
    tests: list[tuple[str, Filler | None, bool]] = []
    for token in TOKEN.findall(pattern):
        if token.startswith("["):
            tests.append(_tests(token, classes, where))
        else:
            words.append(token.lower())
    if "of" in words[1:]:
        at = words.index("of", 1)
        parts.append(("behind", ("of", _filler(" ".join(words[at + 1 :]), classes, where))))
        words = words[:at]
    return Entry(
        pattern, words[-1], base.event_type, base.event_mode, base.cameo_code, base.weight,
        base.roles, tuple(parts), tuple(words[:-1]), tuple(tests), base.own,
    )  # fmt: skip


def _read(lexicon: Lexicon, path: Path, kind: str, own: bool) -> None:
    for number, columns in _lines(path):
        where = f"{path.name}:{number}"
        try:
            if kind == "classes":
                lexicon.classes[columns[0]] = _filler(columns[1], lexicon.classes, where)
            elif kind == "frames":
                for word in _split(columns[2]):
                    lexicon.frames[columns[0]][word] = float(columns[1])
            elif kind == "reversals":
                new_mode = columns[3] if len(columns) > 3 else ""
                lexicon.reversals.setdefault(
                    (columns[0], columns[1]), (columns[2], new_mode or None)
                )
            else:
                base = Entry(
                    "", "", columns[0], columns[1] or None, columns[2] or None,
                    float(columns[3]), columns[4], own=own,
                )  # fmt: skip
                if own and base.event_type != REMOVED:
                    _check_type(base)
                build = _verb if kind == "verbs" else _noun
                table = lexicon.verbs if kind == "verbs" else lexicon.nouns
                for pattern in _split(columns[5]):
                    if pattern != "-":
                        entry = build(pattern, base, lexicon.classes, where)
                        table[entry.head].append(entry)
        except IndexError as error:
            raise LexiconError(f"{where}: fewer columns than {kind}.tsv has") from error
        except ValueError as error:
            raise LexiconError(f"{where}: {error}") from error


def _check_type(entry: Entry) -> None:
    """Raise `ValueError` for a type or mode that is not in the ontology."""
    known = ontology.table()
    if (entry.event_type, entry.event_mode) not in known:
        told = f"{entry.event_type}/{entry.event_mode}" if entry.event_mode else entry.event_type
        raise ValueError(f"{told} is not in the ontology: add it in a file event_types….csv")


def read_words(path: Path) -> dict[str, frozenset[str]]:
    """Read a table of words by kind, such as `background.tsv`."""
    return {columns[0]: frozenset(_split(columns[1])) for _, columns in _lines(path)}


@additions.kept
def load() -> Lexicon:
    """Read the lexicon; a user's files (`additions`) come first, and win over ours.

    A user's pattern takes the place of the same one of ours, whatever its weight; one of the type
    `-` only takes it away. Raises `LexiconError`, naming file and line, for an entry that cannot
    be read, and for a user's entry of a type or mode that the ontology does not know.
    """
    lexicon = Lexicon()
    for kind in KINDS:  # classes first: patterns refer to them
        ours, own = [HERE / f"{kind}.tsv"], additions.files(kind)
        # Of classes ours come first, so that a user's may add to or replace them.
        for path in ours + own[::-1] if kind == "classes" else own + ours:
            _read(lexicon, path, kind, own=path in own)
    for table in (lexicon.verbs, lexicon.nouns):
        for head, entries in list(table.items()):
            said = {entry.pattern: entry.own for entry in reversed(entries)}
            kept = [e for e in entries if e.event_type != REMOVED and e.own == said[e.pattern]]
            # Stable: of equals, the first read wins.
            kept.sort(key=lambda entry: (-entry.specificity, -entry.own, -entry.weight))
            table[head] = kept
            if not kept:
                del table[head]
    return lexicon
