"""A spaCy pipeline on a CPU, with the same result in a third of the time.

What is done differently, and nothing else:

- matrices are multiplied by NumPy's BLAS, whose kernels use all of a processor's vector units;
- the embedding of a word, which depends on nothing but the word, is computed once and kept, and so
  are its products with the weights of the encoder's first layer, which adds those of three words;
  the other layers work on one array in place. The encoder is
  `spacy.MaxoutWindowEncoder.v2` behind `spacy.MultiHashEmbed.v2` (Honnibal 2016, "Embed, encode,
  attend, predict");
- the greedy decoders of parser and entity recogniser hold Python's lock while they ask which
  transitions are valid: spaCy lets it go, and takes it again at every question; and they sum what
  speaks for the transitions of many states at a time;
- part of speech, features and lemma come from `morphology`.

A component of another build, such as a transformer, runs as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.ml.parser_model import ParserStepModel
from spacy.pipeline import DependencyParser, EntityRecognizer
from spacy.tokens import Doc as SpacyDoc
from thinc.api import Model, NumpyOps

from transforms.extract.morphology import Morphology
from transforms.extract.syntax import Doc

MOST_WORDS = 100_000
"""So many words' embeddings are kept, 38 MB each for tagging and for naming; then anew."""

MOST_PRODUCTS = 6_000
"""So many words' products with the first layer are kept, 21 MB each for tagging and for naming;
then anew. They are most of the words of most texts, and quickly made again."""

BLOCK = 512
"""Rows that go through a layer at a time: what they need stays near the processor."""

SUMMED = 128
"""Rows of the first layer, and states of a decoder, that are summed at a time."""

MIXING = 0x9E3779B97F4A7C15
"""Odd, from the golden ratio: multiplying by it spreads sums of attributes over 64 bits."""

Floats = NDArray[np.float32]


class BlasOps(NumpyOps):  # type: ignore[misc]  # thinc does not tell its types
    """thinc's operations on NumPy arrays with NumPy's own matrix product."""

    name = "newsmill_blas"

    def gemm(
        self,
        x: Any,
        y: Any,
        out: Any = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> Any:
        """Return the product of two matrices, either of them transposed first if so asked."""
        return np.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)


@dataclass(slots=True)
class Layer:
    """A maxout layer with layer normalisation: weights (width, pieces × width) and the like."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats
    pieces: int

    @classmethod
    def of(cls, maxout: Model[Any, Any], norm: Model[Any, Any]) -> Layer:
        """Read a layer's parameters; those of a piece come together: maxima are of blocks."""
        weights = _parameter(maxout, "W")
        width, pieces, inputs = weights.shape
        blocks = weights.transpose(2, 1, 0).reshape(inputs, pieces * width)
        return cls(
            np.ascontiguousarray(blocks),
            np.ascontiguousarray(_parameter(maxout, "b").T.reshape(-1)),
            _parameter(norm, "G"),
            _parameter(norm, "b"),
            pieces,
        )

    def __call__(self, inputs: Floats) -> Floats:
        """Return the layer's output, (rows, width), for inputs (rows, inputs)."""
        output = np.empty((len(inputs), self.gain.shape[0]), dtype="f")
        room = np.empty((min(BLOCK, len(inputs)), self.weights.shape[1]), dtype="f")
        for start in range(0, len(inputs), BLOCK):
            best = output[start : start + BLOCK]
            found = room[: len(best)]
            np.matmul(inputs[start : start + BLOCK], self.weights, out=found)
            self.settle(found, best)
        return output

    def settle(self, found: Floats, best: Floats) -> None:
        """Turn products, (rows, pieces × width), into what the layer puts out, (rows, width)."""
        width = best.shape[1]
        found += self.bias
        best[:] = found[:, :width]
        for piece in range(1, self.pieces):
            np.maximum(best, found[:, piece * width : (piece + 1) * width], out=best)
        best -= np.add.reduce(best, axis=1, keepdims=True) / np.float32(width)
        variance = np.einsum("ij,ij->i", best, best) / np.float32(width) + np.float32(1e-8)
        best *= (1 / np.sqrt(variance))[:, None]
        best *= self.gain
        best += self.shift


def _parameter(model: Model[Any, Any], name: str) -> Floats:
    return np.asarray(model.get_param(name), dtype="f")


@dataclass(slots=True)
class Products:
    """What words contribute to the first layer as the one before, in and behind the middle.

    `slots` says by a word's row where its products stand, 0 if nowhere; those of slot 0 are
    nothing, which is what the void around a document contributes.
    """

    layer: Layer
    tables: list[Floats] = field(default_factory=list)
    slots: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    count: int = 1

    def __call__(
        self, rows: NDArray[np.intp], at: NDArray[np.intp], size: int, embeddings: Floats
    ) -> Floats:
        """Return the layer's output, (size, width), for words at `at` with void between them.

        `rows` are the words', of the table `embeddings`.
        """
        ids = np.zeros(size + 2, dtype=np.intp)
        ids[at + 1] = self._placed(rows, embeddings)
        output = np.empty((size, self.layer.gain.shape[0]), dtype="f")
        room, more = np.empty((2, min(SUMMED, size), self.layer.weights.shape[1]), dtype="f")
        before, middle, behind = self.tables
        for start in range(0, size, SUMMED):
            best = output[start : start + SUMMED]
            found, other, stop = room[: len(best)], more[: len(best)], start + len(best)
            np.take(before, ids[start:stop], axis=0, out=found, mode="clip")
            for table, shift in ((middle, 1), (behind, 2)):
                np.take(table, ids[start + shift : stop + shift], axis=0, out=other, mode="clip")
                found += other
            self.layer.settle(found, best)
        return output

    def _placed(self, rows: NDArray[np.intp], embeddings: Floats) -> NDArray[np.intp]:
        """Return the slots of words, whose products are made where they are not there yet."""
        if len(self.slots) < len(embeddings):
            self.slots = np.concatenate(
                [self.slots, np.zeros(len(embeddings) - len(self.slots), dtype=np.intp)]
            )
        slots = self.slots[rows]
        new = np.unique(rows[slots == 0])
        if not len(new):
            return slots
        if self.count + len(new) > MOST_PRODUCTS:
            self.forget()
            new = np.unique(rows)
        width = embeddings.shape[1]
        end = self.count + len(new)
        if not self.tables or end > len(self.tables[0]):
            size = max(end, min(2 * end, MOST_PRODUCTS))
            grown = [np.zeros((size, self.layer.weights.shape[1]), dtype="f") for _ in range(3)]
            for table, held in zip(grown, self.tables, strict=False):
                table[: self.count] = held[: self.count]
            self.tables = grown
        for place, table in enumerate(self.tables):
            part = self.layer.weights[place * width : (place + 1) * width]
            np.matmul(embeddings[new], part, out=table[self.count : end])
        self.slots[new] = np.arange(self.count, end)
        self.count = end
        return self.slots[rows]

    def forget(self) -> None:
        """Forget which words' products there are."""
        self.slots[:] = 0
        self.count = 1


@dataclass(slots=True)
class Vectors:
    """The vectors of words in context: what `spacy.Tok2Vec.v2` computes."""

    columns: list[int | str]
    embed: Model[Any, Any]
    mix: Model[Any, Any]
    layers: list[Layer]
    pad: int
    first: Products
    rows: dict[int, int] = field(default_factory=dict)
    table: Floats = field(default_factory=lambda: np.zeros((0, 0), dtype="f"))

    def __call__(self, docs: list[SpacyDoc]) -> list[Floats]:
        """Return for each document the vectors of its tokens, (tokens, width)."""
        lengths = [len(doc) for doc in docs]
        width = self.layers[0].gain.shape[0]
        if not any(lengths):
            return [np.zeros((0, width), dtype="f") for _ in docs]
        rows = self._words(docs)
        # Documents stand apart by `pad` rows, as deep as the layers see.
        at = np.repeat(self.pad * np.arange(1, len(docs) + 1), lengths) + np.arange(len(rows))
        size = len(rows) + self.pad * (len(docs) + 1)
        centre = self.first(rows, at, size, self.table)
        centre[at] += self.table[rows]
        padded = np.zeros((size, 3, width), dtype="f")
        for layer in self.layers[1:-1]:
            padded[1:, 0] = centre[:-1]
            padded[:, 1] = centre
            padded[:-1, 2] = centre[1:]
            centre += layer(padded.reshape(size, 3 * width))
        # Of the last layer only the words are wanted, and not what is between documents.
        around = centre[at[:, None] + np.arange(-1, 2)]
        found = around[:, 1] + self.layers[-1](around.reshape(len(at), 3 * width))
        return np.split(found, np.cumsum(lengths)[:-1])

    def _words(self, docs: list[SpacyDoc]) -> NDArray[np.intp]:
        """Return the rows of `table` with the embeddings of all tokens, each word's computed
        once."""
        attributes = np.concatenate([doc.to_array(self.columns) for doc in docs])
        mixed = np.zeros(len(attributes), dtype=np.uint64)
        for column in range(attributes.shape[1]):
            mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(MIXING) + attributes[:, column]
        keys = mixed.tolist()
        rows = self.rows
        where = [rows.get(key, -1) for key in keys]
        if -1 in where:
            if len(rows) > MOST_WORDS:
                rows.clear()
                self.first.forget()
            _, first = np.unique(mixed, return_index=True)
            new = [i for i in first.tolist() if keys[i] not in rows]
            made = self.mix.predict(self.embed.predict(attributes[new]))
            self._keep([keys[i] for i in new], made)
            where = [rows[key] for key in keys]
        return np.array(where, dtype=np.intp)

    def _keep(self, keys: list[int], vectors: Floats) -> None:
        count = len(self.rows)
        if count + len(keys) > len(self.table):
            grown = np.zeros((2 * (count + len(keys)), vectors.shape[1]), dtype="f")
            if count:
                grown[:count] = self.table[:count]
            self.table = grown
        self.table[count : count + len(keys)] = vectors
        self.rows.update(zip(keys, range(count, count + len(keys)), strict=True))


Step = Callable[[Sequence[SpacyDoc]], Any]
"""Annotates documents in place."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parse, and the document of spaCy's that it was read from."""

    doc: Doc
    source: SpacyDoc


@cache
def parser(nlp: Language) -> Parser:
    """Return the parser that runs a pipeline, the same one at every call."""
    return Parser(nlp)


class Parser:
    """A pipeline that is run step by step over batches that the caller makes.

    Threads may share it; one of them parses at a time.
    """

    def __init__(self, nlp: Language) -> None:
        """Take over `nlp`, whose networks are hastened; it stays usable by itself."""
        self.nlp = nlp
        hasten(nlp)
        self._lock = Lock()
        waiting = list(nlp.pipeline)
        self.recogniser: tuple[str, Step] | None = None
        if waiting and isinstance(waiting[-1][1], EntityRecognizer):
            self.recogniser = _step(*waiting.pop())
        self.reader: tuple[str, Callable[[SpacyDoc, str], Doc]] = ("reading", Doc.of)
        both = Morphology.of(nlp, *(part for _, part in waiting[-2:])) if waiting[1:] else None
        if both is not None:
            self.reader = " and ".join(name for name, _ in waiting[-2:]), both.read
            waiting = waiting[:-2]
        self.steps: list[tuple[str, Step]] = [_step(*each) for each in waiting]

    def __call__(self, texts: Iterable[str]) -> list[Doc]:
        """Return the parses of `texts`, made as one batch. Errors of components are raised."""
        parsed = self.syntax(texts)
        self.names(parsed)
        return [each.doc for each in parsed]

    def syntax(self, texts: Iterable[str]) -> list[Parsed]:
        """Parse `texts` as one batch, without entities where the pipeline's last component is a
        recogniser that can be left for later."""
        with self._lock:
            given = list(texts)
            sources = [self.nlp.make_doc(text) for text in given]
            for _, step in self.steps:
                step(sources)
            _, read = self.reader
            return [
                Parsed(read(source, text), source)
                for source, text in zip(sources, given, strict=True)
            ]

    def names(self, parsed: Sequence[Parsed]) -> None:
        """Set the entities of what `syntax` returned."""
        if self.recogniser is None or not parsed:
            return
        with self._lock:
            self.recogniser[1]([each.source for each in parsed])
        for each in parsed:
            each.doc.name(each.source)


def _step(name: str, component: Any) -> tuple[str, Step]:
    return name, (_greedy if _is_greedy(component) else _whole)(component)


def _whole(component: Any) -> Step:
    """Return the step that gives all documents to a component as one batch."""

    def step(docs: Sequence[SpacyDoc]) -> None:
        if hasattr(component, "pipe"):
            list(component.pipe(docs, batch_size=len(docs)))
            return
        for doc in docs:
            component(doc)

    return step


def _is_greedy(component: Any) -> bool:
    """Say whether a component decodes by transitions without a beam, on a CPU."""
    return (
        isinstance(component, DependencyParser | EntityRecognizer)
        and component.cfg["beam_width"] == 1
        and isinstance(component.model.ops, NumpyOps)
    )


@dataclass(slots=True)
class Scorer:
    """Scores the transitions of states: what `spacy.TransitionBasedParser.v2` does.

    `lower` gives what each token contributes as each of the `features` of a state, the maxima's
    pieces in blocks; a feature that a state has not contributes its part of `pad`.
    """

    encode: Model[Any, Any]
    features: int
    pieces: int
    lower: Floats
    pad: Floats
    bias: Floats
    upper: Floats
    shift: Floats

    @classmethod
    def of(cls, model: Model[Any, Any]) -> Scorer | None:
        """Read a network's parameters; `None` for one of another build."""
        try:
            encode, lower, upper = model.layers
            width, features, pieces = (lower.get_dim(name) for name in ("nO", "nF", "nP"))
            is_known = (lower.name, upper.name) == ("precomputable_affine", "linear")
            if not is_known or model.attrs["unseen_classes"] or pieces < 2:
                return None
            weights, pad, bias = (_parameter(lower, name) for name in ("W", "pad", "b"))
            blocks = weights.reshape(features, width, pieces, -1).transpose(3, 0, 2, 1)
            return cls(
                encode=encode,
                features=features,
                pieces=pieces,
                lower=np.ascontiguousarray(blocks.reshape(blocks.shape[0], -1)),
                pad=pad.reshape(features, width, pieces).transpose(0, 2, 1).reshape(-1),
                bias=np.ascontiguousarray(bias.reshape(width, pieces).T.reshape(-1)),
                upper=_parameter(upper, "W"),
                shift=_parameter(upper, "b"),
            )
        except (ValueError, KeyError, AttributeError):
            return None

    def __call__(self, docs: Sequence[SpacyDoc]) -> Callable[[list[Any]], Floats]:
        """Return what scores the states of some documents."""
        tokens = self.encode.predict(docs)
        table = np.empty((len(tokens) + 1, self.lower.shape[1]), dtype="f")
        table[0] = self.pad
        np.matmul(tokens, self.lower, out=table[1:])
        table = table.reshape(-1, len(self.bias))
        width = len(self.bias) // self.pieces
        asker = SimpleNamespace(state2vec=SimpleNamespace(nF=self.features))
        places = np.arange(self.features)
        room = np.empty((SUMMED, self.features, len(self.bias)), dtype="f")

        def score(states: list[Any]) -> Floats:
            ids = ParserStepModel.get_token_ids(asker, states)
            at = (ids.astype(np.intp) + 1) * self.features + places
            best = np.empty((len(ids), width), dtype="f")
            for start in range(0, len(ids), SUMMED):
                some = at[start : start + SUMMED]
                parts = room[: len(some)]
                np.take(table, some, axis=0, out=parts, mode="clip")
                found = np.add.reduce(parts, axis=1)
                found += self.bias
                most = best[start : start + SUMMED]
                np.maximum(found[:, :width], found[:, width : 2 * width], out=most)
                for piece in range(2, self.pieces):
                    np.maximum(most, found[:, piece * width : (piece + 1) * width], out=most)
            scores: Floats = np.matmul(best, self.upper.T)
            scores += self.shift
            return scores

        return score


def _greedy(component: Any) -> Step:
    """Return the step that decodes transition by transition, all documents at the same time."""
    scorer = Scorer.of(component.model)

    def step(docs: Sequence[SpacyDoc]) -> None:
        # Those that are about as long come together: a step of many costs little more than of one.
        docs = sorted(docs, key=len)
        states = component.moves.init_batch(docs)
        if any(map(len, docs)):
            score = scorer(docs) if scorer else component.model.predict(docs).predict
            left = [state for state in states if not state.is_final()]
            while left:
                left = component.transition_states(left, score(left))
        component.set_annotations(docs, states)

    return step


def hasten(nlp: Language) -> None:
    """Let the networks of a pipeline, on a CPU, compute what they do in less time."""
    ops = BlasOps()
    for _, component in nlp.pipeline:
        model = getattr(component, "model", None)
        if not isinstance(model, Model) or not isinstance(model.ops, NumpyOps):
            continue
        for node in list(model.walk()):
            node.ops = ops
            vectors = _vectors(node)
            if vectors is not None:
                node._func = _forward(vectors, node._func)


def _forward(vectors: Vectors, trained: Any) -> Any:
    """Return a forward pass that predicts by `vectors`, and is trained as before."""

    def forward(model: Model[Any, Any], docs: list[SpacyDoc], is_train: bool) -> Any:
        if is_train:
            return trained(model, docs, is_train)
        return vectors(docs), None

    return forward


def _vectors(node: Model[Any, Any]) -> Vectors | None:
    """Return the parts of a network that embeds and encodes; `None` for one of another build."""
    try:
        embed, encode = node.layers
        features, ragged, lookup, mix, unragged = embed.layers
        residuals = encode.layers[0].layers
        layers = []
        for residual in residuals:
            window, dense = residual.layers[0].layers
            if residual.name[:9] != "residual(" or window.attrs["window_size"] != 1:
                return None
            layers.append(_layer(dense))
        names = (features.name, ragged.name, unragged.name)
        if names != ("extract_features", "list2ragged", "ragged2list"):
            return None
        if len(layers) < 2:
            return None
        return Vectors(
            first=Products(layers[0]),
            columns=features.attrs["columns"],
            embed=lookup.layers[0],
            mix=mix.layers[0],
            layers=layers,
            pad=encode.attrs["pad"],
        )
    except (ValueError, KeyError, IndexError, AttributeError):
        return None


def _layer(dense: Model[Any, Any]) -> Layer:
    """Read `maxout >> layernorm >> dropout`. Raises `ValueError` where that is not what it is."""
    inner, dropout = dense.layers
    maxout, norm = inner.layers
    if (maxout.name, norm.name, dropout.name) != ("maxout", "layernorm", "dropout"):
        raise ValueError(dense.name)
    return Layer.of(maxout, norm)
