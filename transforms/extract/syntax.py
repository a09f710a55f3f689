"""A parsed sentence in plain objects: what the rest of the extractor reads.

spaCy makes a new object each time that a token is looked at and finds its strings anew; we look at
each some fifty times. Here a token is made once, its strings and neighbours are attributes. They
are called as spaCy calls them and mean the same. A parse can be taken apart into a row of numbers
and strings, to be kept, and put together again without a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, overload

from spacy.attrs import HEAD, SPACY
from spacy.lang.en.lex_attrs import like_num
from spacy.lang.lex_attrs import is_punct
from spacy.tokens import Doc as SpacyDoc

_CHUNK_HEADS = frozenset(
    ("oprd", "nsubj", "dobj", "nsubjpass", "pcomp", "pobj", "dative", "appos", "attr", "ROOT")
)


@lru_cache(maxsize=20_000)
def _is_number(text: str) -> bool:
    return bool(like_num(text))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=5_000)
def _is_mark(text: str) -> bool:
    return bool(is_punct(text))


Reading = tuple[str, str, str, str, str, str]
"""What a word is in its place: form, form in lower case, lemma, part of speech, tag, relation."""


class Token:
    """A token: its form, lemma, tags, place in the text and in the tree, and its entity.

    `i` counts tokens and `idx` characters of the sentence; `head` is the token itself at a root;
    `children` come in the order of the text.
    """

    __slots__ = ("children", "dep_", "doc", "ent_iob_", "ent_type_", "head", "i", "idx", "lemma_",
                 "lower_", "pos_", "tag_", "text")  # fmt: skip

    doc: Doc
    head: Token

    def __init__(self, doc: Doc, i: int, idx: int, reading: Reading) -> None:
        self.doc = doc
        self.i = i
        self.idx = idx
        self.text, self.lower_, self.lemma_, self.pos_, self.tag_, self.dep_ = reading
        self.ent_type_ = ""
        self.ent_iob_ = ""
        self.children: list[Token] = []

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return self.text

    @property
    def lefts(self) -> list[Token]:
        """The children before the token."""
        return [child for child in self.children if child.i < self.i]

    @property
    def rights(self) -> list[Token]:
        """The children behind the token."""
        return [child for child in self.children if child.i > self.i]

    @property
    def ancestors(self) -> Iterator[Token]:
        """The token's head, that one's head, and so on up to a root."""
        token = self
        while token.head is not token:
            token = token.head
            yield token

    @property
    def subtree(self) -> Iterator[Token]:
        """The token and all that hangs on it, in the order of the text."""
        for child in self.children:
            if child.i < self.i:
                yield from child.subtree
        yield self
        for child in self.children:
            if child.i > self.i:
                yield from child.subtree

    @property
    def left_edge(self) -> Token:
        """The first token of the subtree."""
        return self.doc.tokens[self.doc.edges[0][self.i]]

    @property
    def right_edge(self) -> Token:
        """The last token of the subtree."""
        return self.doc.tokens[self.doc.edges[1][self.i]]

    @property
    def conjuncts(self) -> tuple[Token, ...]:
        """The tokens that are coordinated with this one."""
        first = self
        while first.dep_ == "conj" and first.head is not first:
            first = first.head
        found = [first]
        for token in found:  # grows
            found.extend(c for c in token.children if c.i > token.i and c.dep_ == "conj")
        return tuple(token for token in found if token is not self)

    @property
    def like_num(self) -> bool:
        """Whether the token is a number, in figures or as a word."""
        return _is_number(self.text)

    @property
    def is_alpha(self) -> bool:
        """Whether the token is all letters."""
        return self.text.isalpha()

    @property
    def is_punct(self) -> bool:
        """Whether the token is a punctuation mark."""
        return _is_mark(self.text)

    def is_ancestor(self, other: Token) -> bool:
        """Say whether `other` hangs on this token, directly or not."""
        return any(above is self for above in other.ancestors)

    def nbor(self, steps: int = 1) -> Token:
        """Return the token so many places behind. Raises `IndexError` where there is none."""
        place = self.i + steps
        if place < 0:
            raise IndexError(f"no token {-steps} before {self.i}")
        return self.doc.tokens[place]


class Span:
    """The tokens `start:end` of a sentence, with a label where it is an entity."""

    __slots__ = ("doc", "end", "label_", "start")

    def __init__(self, doc: Doc, start: int, end: int, label: str = "") -> None:
        self.doc = doc
        self.start = start
        self.end = end
        self.label_ = label

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[Token]:
        return iter(self.doc.tokens[self.start : self.end])

    def __getitem__(self, place: int) -> Token:
        return self.doc.tokens[self.start : self.end][place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return self.text

    def _key(self) -> tuple[int, int, int, str]:
        return id(self.doc), self.start, self.end, self.label_

    @property
    def start_char(self) -> int:
        """Where the span begins in the sentence's text."""
        return self.doc.tokens[self.start].idx

    @property
    def end_char(self) -> int:
        """Where the span ends in the sentence's text."""
        last = self.doc.tokens[self.end - 1]
        return last.idx + len(last.text)

    @property
    def text(self) -> str:
        """The span's text."""
        return self.doc.text[self.start_char : self.end_char] if self.end > self.start else ""

    @property
    def root(self) -> Token:
        """The topmost token: a root of the sentence, else the first of those nearest to one; a
        mark or a blank only where there is nothing else."""
        tokens = self.doc.tokens[self.start : self.end]
        for token in tokens:
            if token.head is token:
                return token
        tops = [t for t in tokens if not self.start <= t.head.i < self.end]
        return min(tops, key=self._depth, default=tokens[0])

    def _depth(self, token: Token) -> int:
        if not token.children and (token.is_punct or token.text.isspace()):
            return len(self.doc) - 1
        return sum(1 for _ in token.ancestors)


class Doc:
    """A parsed sentence. `text` is its text; `ents` its entities, empty until they are known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.ents: tuple[Span, ...] = ()

    @classmethod
    def of(cls, source: SpacyDoc, text: str | None = None) -> Doc:
        """Return what a `Doc` of spaCy's says; `text` spares joining its text again."""
        doc = cls(source.text if text is None else text)
        doc.fill(
            source,
            [(t.text, t.lower_, t.lemma_, t.pos_, t.tag_, t.dep_) for t in source],
        )
        doc.name(source)
        return doc

    def fill(self, source: SpacyDoc, readings: Sequence[Reading]) -> None:
        """Make the tokens, with the places and the tree of the `Doc` of spaCy's.

        Raises `ValueError` where the pipeline has made no tree.
        """
        if readings:
            if not source.has_annotation("DEP"):
                raise ValueError("the spaCy pipeline has no parser: choose another `model`")
            columns: Any = source.to_array([SPACY, HEAD]).astype("int64")
            heads = columns[:, 1] + range(len(readings))
            self.build(readings, columns[:, 0].tolist(), heads.tolist())

    def build(
        self, readings: Sequence[Reading], spaces: Sequence[int], heads: Sequence[int]
    ) -> None:
        """Make the tokens of their readings, the blanks behind each, and the number of its head."""
        at, tokens = 0, self.tokens
        for i, reading in enumerate(readings):
            tokens.append(Token(self, i, at, reading))
            at += len(reading[0]) + spaces[i]
        for token, place in zip(tokens, heads, strict=True):
            token.head = head = tokens[place]
            if head is not token:
                head.children.append(token)

    def name(self, source: SpacyDoc) -> None:
        """Take over the entities of the `Doc` of spaCy's that this one was made of."""
        if source.has_annotation("ENT_IOB"):
            self.entitle([Span(self, e.start, e.end, e.label_) for e in source.ents])

    def entitle(self, ents: Sequence[Span]) -> None:
        """Set the entities; whatever is outside them is known to be in none."""
        self.ents = tuple(ents)
        for token in self.tokens:
            token.ent_iob_, token.ent_type_ = "O", ""
        for ent in ents:
            for token in ent:
                token.ent_iob_, token.ent_type_ = "I", ent.label_
            ent[0].ent_iob_ = "B"

    def __len__(self) -> int:
        return len(self.tokens)

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    @overload
    def __getitem__(self, place: int) -> Token: ...
    @overload
    def __getitem__(self, place: slice) -> Span: ...
    def __getitem__(self, place: int | slice) -> Token | Span:
        if isinstance(place, slice):
            start, end, _ = place.indices(len(self.tokens))
            return Span(self, start, max(start, end))
        return self.tokens[place]

    def __repr__(self) -> str:
        return self.text

    @cached_property
    def edges(self) -> tuple[list[int], list[int]]:
        """The first and the last token of each token's subtree."""
        first = list(range(len(self.tokens)))
        last = first.copy()
        # Whoever stands above a token that reaches no further has been told before.
        for token in self.tokens:
            for above in token.ancestors:
                if first[above.i] <= token.i:
                    break
                first[above.i] = token.i
        for token in reversed(self.tokens):
            for above in token.ancestors:
                if last[above.i] >= token.i:
                    break
                last[above.i] = token.i
        return first, last

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The forms and lemmas of the words, in lower case."""
        return frozenset(word for t in self.tokens for word in (t.lower_, t.lemma_.lower()))

    def covering(self, start: int, end: int) -> Span | None:
        """Return the tokens that cover characters `start:end`, or part of them."""
        inside = [t.i for t in self.tokens if t.idx < end and t.idx + len(t.text) > start]
        return Span(self, inside[0], inside[-1] + 1) if inside else None

    def noun_chunks(self) -> Iterator[tuple[int, int]]:
        """Yield the base noun phrases as tokens `start:end`, the last of which heads them.

        They are those of spaCy's rules for English: a noun, a name or a pronoun in a role that
        takes one, or joined to one, with what stands before it.
        """
        taken = -1
        for token in self.tokens:
            if token.pos_ not in ("NOUN", "PROPN", "PRON") or token.left_edge.i <= taken:
                continue
            role = token
            if role.dep_ == "conj":
                role = role.head
                while role.dep_ == "conj" and role.head.i < role.i:
                    role = role.head
            if role.dep_ in _CHUNK_HEADS:
                taken = token.i
                yield token.left_edge.i, token.i + 1
