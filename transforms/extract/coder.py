"""Code the events of articles: the extractor's parts in order.

For a batch of articles: cut into sentences; gate; parse what passed, sorted by length in batches
of bounded size; then article by article read the cast, find times and places, find triggers and
their arguments, and give each coding its actors, date, place, status and casualties.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Any

import polars as pl
from dateutil import parser as date_parser
from spacy.language import Language

from transforms.extract import (
    additions,
    casualties,
    classifier,
    coreference,
    gate,
    inference,
    ontology,
    places,
    quantities,
    recase,
    sentences,
    status,
    times,
)
from transforms.extract.actors import Cast
from transforms.extract.arguments import Arguments
from transforms.extract.background import find as background_of
from transforms.extract.kept import Kept
from transforms.extract.lexicon import Entry, Lexicon
from transforms.extract.lexicon import load as load_lexicon
from transforms.extract.lexicon.match import Foresight, Match, Matcher, lemma
from transforms.extract.model import Actor, Article, Coding, Place, Sentence, TimeExpression
from transforms.extract.syntax import Span
from transforms.extract.triggers import Candidate, heads, ontology_plover, trigger, unattributed
from transforms.extract.triggers import find as find_triggers
from transforms.keys import content_id
from transforms.schemas import Mentions, empty, frame

BATCH_ARTICLES = 64
BATCH_CHARACTERS = 30_000
"""Characters of text that one call of the parser sees: bounds its memory."""

LEAST_CONFIDENCE = 0.55
"""Mentions less sure than this are not worth an analyst's time."""

SURE = 0.8
"""Probability from which the classifier overrules an ambiguous entry."""

AMBIGUOUS = frozenset(
    ("attack", "strike", "hit", "assault", "offensive", "campaign", "blast", "slam", "charge",
     "order", "hold", "call", "raid", "target", "return", "release", "open", "grant", "deploy",
     "send", "approve", "defend", "receive", "meet", "fight", "battle", "clash", "kill")
)  # fmt: skip
"""Lemmas whose entries mean different types in different company."""

NOBODY = Actor(None, None, None)


@dataclass(slots=True)
class Record:
    """An article to annotate. Offsets of the result count `title` + newline + `maintext`.

    `actor` and `recipient` may name two phrases of the text: then the first mention returned is
    the coding of that pair.
    """

    id: str
    title: str | None
    maintext: str
    published: date | None = None
    source: str | None = None
    dateline: str | None = None
    actor: str | None = None
    recipient: str | None = None

    @classmethod
    def from_json(cls, item: dict[str, Any], default_published: date | None = None) -> Record:
        """Read a record with the field names of news-please or CC-News, or the usual aliases.

        Raises `ValueError` where the record has no text.
        """
        title = _first(item, "title", "headline")
        text = _first(item, "maintext", "text", "body", "content", "article", "plain_text")
        if text is None and title is None:
            raise ValueError("the record has neither title nor text")
        published = _date(
            _first(item, "date_publish", "published_at", "published", "publish_date", "date",
                   "date_published", "pubDate")
        )  # fmt: skip
        return cls(
            id=str(_first(item, "id", "article_id", "url", "filename") or ""),
            title=title,
            maintext=text or "",
            published=published or default_published,
            source=_first(item, "source_domain", "source", "publisher", "domain"),
            dateline=_first(item, "dateline"),
            actor=_first(item, "actor"),
            recipient=_first(item, "recipient"),
        )


@dataclass(slots=True)
class Annotation:
    """What was found in a record; `mentions` are dictionaries with the columns of `Mentions`."""

    id: str
    sentences: list[Sentence]
    times: list[TimeExpression]
    places: list[Place]
    mentions: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `newsmill code --json` prints."""
        return {
            "id": self.id,
            "sentences": [{"start": s.start, "end": s.end} for s in self.sentences],
            "times": [asdict(time) for time in self.times],
            "places": [
                {
                    "start": p.start, "end": p.end, "text": p.text, "name": p.name,
                    "country": p.country, "admin1": p.admin1, "latitude": p.latitude,
                    "longitude": p.longitude, "geonames_id": p.geonames_id,
                }
                for p in self.places
            ],
            "mentions": [{k: _plain(v) for k, v in m.items()} for m in self.mentions],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sentence to be parsed: its wording for the parser, and whether its names are wanted
    whatever its syntax."""

    article_id: str
    sentence: Sentence
    text: str
    names: bool


@dataclass(slots=True)
class Draft:
    """A mention before its time and place are asked for: its row so far and what it is made of."""

    row: dict[str, Any]
    coding: Coding
    candidate: Candidate
    recipient: Actor
    sentence: Sentence


@dataclass(slots=True)
class CodingResult:
    """Mentions of a batch, checked against `Mentions`, why each failed article failed, and the
    parses that were made, where they are to be kept."""

    mentions: pl.DataFrame
    failures: dict[str, str] = field(default_factory=dict)
    parses: pl.DataFrame | None = None


def annotate(
    records: Iterable[Record], nlp: Language, background: bool = False
) -> Iterator[Annotation]:
    """Annotate records in order, a batch at a time. Errors of the extractor are raised.

    With `background`, what has no event type is told as well, behind what has in each sentence.
    """
    parts = extractor(nlp)
    source = iter(records)
    while batch := list(islice(source, BATCH_ARTICLES)):
        articles = [_article_of(record) for record in batch]
        # Whoever asks for the annotations of a text wants its places too.
        parts.parse(articles, batch, everything=background, all_names=True)
        for record, article in zip(batch, articles, strict=True):
            parts.ground(article)
            mentions = parts.mentions(article, record, background)
            yield Annotation(record.id, article.sentences, article.times, article.places, mentions)


def code(articles: pl.DataFrame, nlp: Language, parses: pl.DataFrame | None = None) -> CodingResult:
    """Code a frame of `Articles` that also has `story_id`.

    `parses` are those that the same pipeline made of these articles before, a frame of `Parses`:
    what it holds is not parsed, and what is parsed is returned, to be kept. `None`: nothing is.

    Returns the mentions as a checked frame and, by `article_id`, the error of each article on
    which the extractor failed; one bad article does not cost the others.
    """
    parts = extractor(nlp)
    kept = Kept.of(parses) if parses is not None else None
    rows: dict[str, dict[str, Any]] = {}
    failures: dict[str, str] = {}
    for slice_ in articles.iter_slices(BATCH_ARTICLES):
        batch = [_article_from(row) for row in slice_.iter_rows(named=True)]
        try:
            parts.parse(batch, kept=kept)
            parsed = batch
        except Exception:  # find the one that fails: parse each alone
            parsed = []
            for article in batch:
                try:
                    parts.parse([article], kept=kept)
                    parsed.append(article)
                except Exception as error:
                    failures[article.article_id] = f"{type(error).__name__}: {error}"
        drafted: list[tuple[Article, list[Draft]]] = []
        for article in parsed:
            try:
                drafted.append((article, parts.drafts(article)))
            except Exception as error:
                failures[article.article_id] = f"{type(error).__name__}: {error}"
        # One that fails here does so again when it is completed, alone.
        with suppress(Exception):
            parts.ground_all(drafted)
        for article, drafts in drafted:
            try:
                for mention in parts.complete(article, drafts):
                    rows.setdefault(mention["mention_id"], mention)
            except Exception as error:
                failures[article.article_id] = f"{type(error).__name__}: {error}"
    found = frame(Mentions, list(rows.values())) if rows else empty(Mentions)
    return CodingResult(found, failures, kept.frame() if kept is not None else None)


@additions.kept
def extractor(nlp: Language) -> Extractor:
    """Return the extractor around a pipeline, made once."""
    return Extractor(nlp, load_lexicon())


class Extractor:
    """The parts of the extractor with their data loaded once."""

    def __init__(self, nlp: Language, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.matcher = Matcher(lexicon)
        self.foresight = Foresight(lexicon)
        self.arguments = Arguments(self.matcher)
        self.gate = gate.gate(nlp)
        self.parser = inference.parser(nlp)

    def parse(
        self,
        articles: list[Article],
        records: list[Record] | None = None,
        everything: bool = False,
        all_names: bool = False,
        kept: Kept | None = None,
    ) -> None:
        """Cut articles into sentences and parse those that can hold an event, or `everything`.

        Names are recognised where the syntax allows for an event, because that is the part of the
        parse that costs most; with `all_names` in whatever is parsed. What is `kept` is not parsed
        again, and what is parsed is kept.
        """
        wanted: list[Wanted] = []
        for position, article in enumerate(articles):
            article.sentences = sentences.split(article.text, article.title_length)
            record = records[position] if records else None
            phrases = [p for p in (record.actor, record.recipient) if p] if record else []
            for sentence in article.sentences:
                asked = any(p in sentence.text for p in phrases)
                if asked or self.gate.passes(sentence.text, everything):
                    text = recase.restore(sentence, article.text)
                    names = asked or everything or all_names
                    one = Wanted(article.article_id, sentence, text, names)
                    if kept is None or not self._recall(one, kept):
                        wanted.append(one)
        wanted.sort(key=lambda one: len(one.text))
        start = 0
        while start < len(wanted):
            end, characters = start, 0
            while end < len(wanted) and (
                end == start or characters + len(wanted[end].text) <= BATCH_CHARACTERS
            ):
                characters += len(wanted[end].text)
                end += 1
            self._parse(wanted[start:end], kept)
            start = end

    def _recall(self, wanted: Wanted, kept: Kept) -> bool:
        """Take a sentence's parse from what is kept, if all that is needed of it is there."""
        found = kept.find(wanted.article_id, wanted.text)
        if found is None:
            return False
        doc, ents = found
        held = heads(doc, self.foresight)  # before its names are known, as when it is parsed
        if held or wanted.names:
            if ents is None:
                return False
            doc.entitle(ents)
        wanted.sentence.doc, wanted.sentence.heads = doc, held
        return True

    def _parse(self, batch: list[Wanted], kept: Kept | None) -> None:
        """Parse sentences of about the same length."""
        parsed = self.parser.syntax(one.text for one in batch)
        named = []
        for one, each in zip(batch, parsed, strict=True):
            one.sentence.doc = each.doc
            one.sentence.heads = heads(each.doc, self.foresight)
            if one.sentence.heads or one.names:
                named.append(each)
        self.parser.names(named)
        if kept is not None:
            for one, each in zip(batch, parsed, strict=True):
                is_named = bool(one.sentence.heads) or one.names
                kept.add(one.article_id, each.doc, named=is_named)

    def ground(self, article: Article) -> None:
        """Find the times and places that a parsed article names."""
        article.times = times.find(article)
        article.places = places.find(article)
        article.is_grounded = True

    def ground_all(self, drafted: Sequence[tuple[Article, list[Draft]]]) -> None:
        """Find the times and places of the articles that have drafts of mentions: times only as far
        into the text as dating these asks for them."""
        told = [(article, drafts) for article, drafts in drafted if drafts]
        found = places.find_all([article for article, _ in told])
        for (article, drafts), named in zip(told, found, strict=True):
            last = max(draft.sentence.index for draft in drafts)
            article.times = times.find(article, times.needed(last))
            article.places = named
            article.is_grounded = True

    def mentions(
        self, article: Article, record: Record | None = None, background: bool = False
    ) -> list[dict[str, Any]]:
        """Return the event mentions of a parsed article as rows of `Mentions`.

        Those of a sentence come together, the surest first; with `background`, what has no event
        type comes behind them.
        """
        return self.complete(article, self.drafts(article, record, background))

    def complete(self, article: Article, drafts: list[Draft]) -> list[dict[str, Any]]:
        """Return the rows of what `drafts` found in an article."""
        if drafts and not article.is_grounded:
            self.ground(article)
        rows = [_completed(draft, article) for draft in drafts]
        coreference.merge(rows)
        return rows

    def drafts(
        self, article: Article, record: Record | None = None, background: bool = False
    ) -> list[Draft]:
        """Return what `mentions` is made of: what happens and who does it, not when and where."""
        triggers = {
            sentence.index: find_triggers(sentence.doc, self.lexicon, self.matcher, sentence.heads)
            for sentence in article.sentences
            if sentence.doc is not None
        }
        if not any(triggers.values()) and not background and record is None:
            return []  # nobody asks who, when and where if nothing happens
        cast = Cast(article)
        drafts: list[Draft] = []
        words = cache(lambda: _words(article))
        last = len(article.sentences)
        if not background and (record is None or not (record.actor or record.recipient)):
            last = max((index for index, found in triggers.items() if found), default=-1)
        for sentence in article.sentences[: last + 1]:
            cast.read(sentence)
            if sentence.doc is None:
                continue
            here: list[Draft] = []
            for found_one in triggers[sentence.index]:
                candidate = found_one
                doers = self.arguments.roles(candidate)[0]
                candidate = unattributed(candidate, words, self.lexicon, doers)
                for plain in self.arguments.codings(candidate):
                    coding = self._second_opinion(plain, candidate, sentence)
                    draft = self._draft(coding, candidate, sentence, article, cast)
                    if (
                        _is_trade(draft.row, candidate)
                        or _is_nobodys(draft.row)
                        or self._enables(candidate, coding, draft.row)
                    ):
                        continue
                    among_firms = _in_business(coding, candidate, draft.row)
                    if among_firms is None:
                        continue
                    if among_firms is not coding:
                        draft = self._draft(among_firms, candidate, sentence, article, cast)
                    if draft.row["confidence"] >= LEAST_CONFIDENCE:
                        here.append(draft)
            here.sort(key=lambda draft: -draft.row["confidence"])
            drafts.extend(here)
            if background:
                drafts.extend(self._background(here, sentence, article, cast))
        pair = self._pair(article, record) if record else None
        if pair is not None:
            sentence, coding, candidate = pair
            drafts.insert(0, self._draft(coding, candidate, sentence, article, cast))
        unique: dict[str, Draft] = {}
        for draft in drafts:
            unique.setdefault(draft.row["mention_id"], draft)
        return list(unique.values())

    def _background(
        self, coded: list[Draft], sentence: Sentence, article: Article, cast: Cast
    ) -> list[Draft]:
        assert sentence.doc is not None
        at = sentence.start
        taken = {(d.row["trigger_start"] - at, d.row["trigger_end"] - at) for d in coded}
        told = background_of(sentence.doc, taken, self.lexicon, self.arguments)
        return [self._draft(coding, one, sentence, article, cast) for one, coding in told]

    def pair_features(self, record: Record) -> list[str]:
        """Return the classifier's features for the pair that a record names (for fitting)."""
        article = _article_of(record)
        self.parse([article], [record])
        found = self._locate(article, record)
        if found is None:
            return ["bias"]
        sentence, actor, recipient = found
        return self._pair_view(sentence, actor, recipient)[1]

    def _locate(
        self, article: Article, record: Record
    ) -> tuple[Sentence, Span | None, Span | None] | None:
        """Find the sentence and the spans of the pair: one that holds both, else either."""
        best: tuple[int, Sentence, Span | None, Span | None] | None = None
        for sentence in article.sentences:
            if sentence.doc is None:
                continue
            actor = _find_phrase(sentence, record.actor)
            recipient = _find_phrase(sentence, record.recipient)
            held = (actor is not None) + (recipient is not None)
            if held and (best is None or held > best[0]):
                best = (held, sentence, actor, recipient)
        return best[1:] if best else None

    def _pair_view(
        self, sentence: Sentence, actor: Span | None, recipient: Span | None
    ) -> tuple[Candidate | None, list[str]]:
        """Return the candidate that fits a pair best, if any does, and the pair's features."""
        doc = sentence.doc
        assert doc is not None
        candidates = find_triggers(doc, self.lexicon, self.matcher)
        fits = [(self.arguments.fits(c, actor, recipient), c.score, c) for c in candidates]
        fits = [item for item in fits if item[0] > 0]
        chosen = max(fits, key=lambda item: item[:2])[2] if fits else None
        names = classifier.features(
            doc,
            actor.root if actor is not None else None,
            recipient.root if recipient is not None else None,
            candidates,
            self.lexicon,
            chosen,
        )
        return chosen, names

    def _pair(self, article: Article, record: Record) -> tuple[Sentence, Coding, Candidate] | None:
        """Code the event between the two phrases that a record names."""
        if not record.actor and not record.recipient:
            return None
        found = self._locate(article, record)
        if found is None:
            return None
        sentence, actor, recipient = found
        doc = sentence.doc
        assert doc is not None
        chosen, names = self._pair_view(sentence, actor, recipient)
        ranked = classifier.load().probabilities(names)
        root, probability = max(ranked.items(), key=lambda item: item[1])
        event_type = classifier.split_yield(chosen, doc) if root == "YIELD" else root
        if chosen is None:
            head = next(
                (t for t in (actor or recipient or doc[:]).root.ancestors if t.pos_ == "VERB"),
                doc[:].root,
            )
            entry = Entry("", lemma(head), event_type, None, None, probability, "s>o")
            chosen = Candidate(Match(entry, head), head, event_type, None, None, probability)
            why = "no entry of the lexicon"
        else:
            why = chosen.why()
            if event_type != chosen.event_type:
                chosen = replace(chosen, event_type=event_type, event_mode=None, cameo_code=None)
            chosen = replace(chosen, score=probability)
        made = trigger(chosen, f"{why}; classifier for the pair: {root} {probability:.2f}")
        return sentence, Coding(made, actor, recipient), chosen

    def _second_opinion(self, coding: Coding, candidate: Candidate, sentence: Sentence) -> Coding:
        """Let the classifier overrule an entry that has several meanings, where it is very sure.

        Only plain verbs that are known to be ambiguous are asked ("attacked the plan"), so that
        what the classifier learned from one set of sentences cannot spread to the rest.
        """
        doc = sentence.doc
        if (
            doc is None
            or coding.actor is None
            or coding.recipient is None
            or candidate.event_type not in ontology_plover()
            or candidate.how not in ("plain", "light")
            or lemma(candidate.match.head) not in AMBIGUOUS
        ):
            return coding
        names = classifier.features(
            doc, coding.actor.root, coding.recipient.root, [candidate], self.lexicon, candidate
        )
        ranked = classifier.load().probabilities(names)
        root, probability = max(ranked.items(), key=lambda item: item[1])
        event_type = classifier.split_yield(candidate, doc) if root == "YIELD" else root
        if event_type == candidate.event_type or probability < SURE:
            return coding
        why = f"classifier: {root} {probability:.2f}"
        return _retyped(coding, event_type, None, why, min(coding.trigger.score, probability))

    def _enables(self, candidate: Candidate, coding: Coding, row: dict[str, Any]) -> bool:
        """Say whether a thing only makes something possible: "the kit will allow developers to"."""
        if row["event_type"] not in ("CONCEDE", "AGREE") or coding.actor is None:
            return False
        if candidate.match.entry.head not in ("allow", "permit", "let"):
            return False
        named = coding.actor.root.ent_type_ in ("PERSON", "GPE", "NORP")
        known = row["actor_country"] or row["actor_sector"] or named
        return not known and not self.matcher.is_party_word(coding.actor.root)

    def _draft(
        self,
        coding: Coding,
        candidate: Candidate,
        sentence: Sentence,
        article: Article,
        cast: Cast,
    ) -> Draft:
        """Say what and who: all that decides whether a mention stands."""
        event = coding.trigger
        actor = cast.resolve(coding.actor, sentence) if coding.actor else NOBODY
        recipient = cast.resolve(coding.recipient, sentence) if coding.recipient else NOBODY
        actor_span = _offsets(coding.actor, sentence)
        recipient_span = _offsets(coding.recipient, sentence)
        start, end = sentence.start + event.start, sentence.start + event.end
        actor_text = _slice(article.text, actor_span)
        recipient_text = _slice(article.text, recipient_span)
        row = {
            "mention_id": content_id(
                article.article_id, start, end, event.event_type, event.event_mode,
                actor_text, recipient_text,
            ),
            "story_id": article.story_id or article.article_id,
            "article_id": article.article_id,
            "sentence_index": sentence.index,
            "sentence_text": sentence.text,
            "sentence_start": sentence.start,
            "sentence_end": sentence.end,
            "trigger_text": article.text[start:end],
            "trigger_start": start,
            "trigger_end": end,
            "actor_text": actor_text,
            "actor_start": actor_span[0] if actor_span else None,
            "actor_end": actor_span[1] if actor_span else None,
            "recipient_text": recipient_text,
            "recipient_start": recipient_span[0] if recipient_span else None,
            "recipient_end": recipient_span[1] if recipient_span else None,
            "actor_name": actor.name,
            "actor_country": actor.country,
            "actor_sector": actor.sector,
            "recipient_name": recipient.name,
            "recipient_country": recipient.country,
            "recipient_sector": recipient.sector,
            "event_type": event.event_type,
            "event_mode": event.event_mode,
            "confidence": _confidence(coding, candidate, actor, recipient),
            "why": event.why,
        }  # fmt: skip
        return Draft(row, coding, candidate, recipient, sentence)


def _completed(draft: Draft, article: Article) -> dict[str, Any]:
    """Return the row of a mention that stands, with when, where, how certain and how many."""
    coding, sentence, row = draft.coding, draft.sentence, draft.row
    event = coding.trigger
    when = times.date_event(event, sentence, article)
    recipient = draft.recipient if coding.recipient else None
    where = places.place_event(event, sentence, article, recipient)
    judged = status.judge(event, sentence, article)
    deaths, injuries = tolls = casualties.tolls(event, sentence)
    kind = ontology.lookup(event.event_type, event.event_mode)
    return row | {
        "contexts": list(contexts_of(sentence.text)),
        "cameo_code": event.cameo_code,
        "quad_class": kind.quad_class,
        "goldstein": ontology.goldstein(event.event_type, event.event_mode, event.cameo_code),
        "event_date": when.date,
        "date_precision": when.precision,
        "date_text": when.text,
        "place_text": where.text if where else None,
        "place_name": where.name if where else None,
        "country": where.country if where else None,
        "admin1": where.admin1 if where else None,
        "latitude": where.latitude if where else None,
        "longitude": where.longitude if where else None,
        "geonames_id": where.geonames_id if where else None,
        "place_precision": where.precision if where else None,
        "time": judged.time,
        "polarity": "positive" if draft.candidate.how == "refused" else judged.polarity,
        "certainty": judged.certainty,
        "attributed_to": judged.attributed_to,
        "deaths": deaths.stated if deaths is not None else None,
        "injuries": injuries.stated if injuries is not None else None,
        "quantities": [asdict(each) for each in quantities.find(coding, sentence, tolls)],
        "confidence": row["confidence"],
        "why": row["why"],
    }


FORCEFUL = frozenset(("SANCTION", "ASSAULT", "MOBILIZE"))
"""Types that firms are only in a manner of speaking: "attacked the market"."""

STATE = frozenset(("GOV", "MIL", "LEG", "JUD", "IGO"))
SIGNED = frozenset(("sign", "reach", "conclude", "finalize", "finalise", "enter", "strike"))


def _in_business(coding: Coding, candidate: Candidate, row: dict[str, Any]) -> Coding | None:
    """Return what firms agree on among themselves as business; None where that is no news.

    "Agreed to build a plant" and "signed an agreement to buy the shares" are no diplomacy.
    """
    kind, mode = coding.trigger.event_type, coding.trigger.event_mode
    own, other = row["actor_country"], row["recipient_country"]
    abroad = own is not None and other is not None and own != other
    if (kind, mode) == ("REGULATION", "approve") and abroad and row["actor_sector"] in STATE:
        return _retyped(coding, "CONCEDE", None, "between states -> CONCEDE")
    if (kind, mode) == ("BUSINESS", "offer") and row["actor_sector"] in STATE:
        return None  # "Peru abandoned its plan"
    if not _is_firm(row) or row["recipient_sector"] not in (None, "BUS"):
        return coding
    if (kind, mode) == ("RETREAT", "disarm"):
        return None
    signed = lemma(candidate.match.head) in SIGNED or lemma(candidate.head) in SIGNED
    if kind == "COOPERATE" or (kind in ("SUPPORT", "AGREE") and signed):
        return _retyped(coding, "BUSINESS", "contract", "of firms -> BUSINESS")
    if kind == "SUPPORT":
        return None
    if kind == "LEGISLATION":
        return _retyped(coding, "BUSINESS", "offer", "of firms -> BUSINESS")
    if kind in FORCEFUL or (kind == "AGREE" and candidate.how == "modal"):
        return None
    return coding


def _retyped(
    coding: Coding, event_type: str, mode: str | None, why: str, score: float | None = None
) -> Coding:
    """Return a coding as one of another type, which has that type's own code of CAMEO."""
    changed = replace(
        coding.trigger,
        event_type=event_type,
        event_mode=mode,
        cameo_code=ontology.lookup(event_type, mode).cameo_code,
        score=coding.trigger.score if score is None else score,
        why=f"{coding.trigger.why}; {why}",
    )
    return replace(coding, trigger=changed)


def _is_firm(row: dict[str, Any]) -> bool:
    """Say whether a firm acts: by its sector, or by the ticker symbol behind its name."""
    return row["actor_sector"] == "BUS" or "<" in (row["actor_text"] or "")


def _is_trade(row: dict[str, Any], candidate: Candidate) -> bool:
    """Say whether a firm only serves customers: PLOVER's AID is not what companies sell."""
    given = candidate.source_type or candidate.event_type
    offered = candidate.event_type == "AGREE" and candidate.match.entry.head == "offer"
    return (given == "AID" or offered) and _is_firm(row)


SPEAKERS = frozenset(("i", "we", "you", "me", "us"))


def _is_nobodys(row: dict[str, Any]) -> bool:
    """Say whether all that is known of the actor is that somebody says "I"."""
    known = row["actor_name"] or row["actor_country"] or row["actor_sector"]
    return (row["actor_text"] or "").lower() in SPEAKERS and not known


def _words(article: Article) -> Counter[str]:
    """Count the lemmas of an article's parsed sentences."""
    return Counter(
        lemma(token) for sentence in article.sentences if sentence.doc for token in sentence.doc
    )


def _confidence(coding: Coding, candidate: Candidate, actor: Actor, recipient: Actor) -> float:
    """How sure a coding is: the entry's weight, how much it asks for, and what was resolved."""
    value = coding.trigger.score
    value += 0.02 * min(candidate.match.entry.specificity, 4)
    if coding.actor is None:
        value -= 0.12
    elif actor.name or actor.country or actor.sector:
        value += 0.03
    if coding.recipient is None:
        value -= 0.04
    elif recipient.name or recipient.country or recipient.sector:
        value += 0.03
    return max(0.05, min(0.99, value))


def _offsets(span: Span | None, sentence: Sentence) -> tuple[int, int] | None:
    if span is None:
        return None
    return sentence.start + span.start_char, sentence.start + span.end_char


def _slice(text: str, span: tuple[int, int] | None) -> str | None:
    return text[span[0] : span[1]] if span else None


def _find_phrase(sentence: Sentence, phrase: str | None) -> Span | None:
    """Return the tokens of a sentence that cover a phrase of the article's text."""
    if not phrase or not phrase.strip() or sentence.doc is None:
        return None
    at = sentence.text.find(phrase.strip())
    if at < 0:
        return None
    return sentence.doc.covering(at, at + len(phrase.strip()))


@additions.kept
def _context_patterns() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return a pattern of all contexts' terms, and those of each."""
    compiled, every = [], []
    for context, terms in ontology.contexts():
        forms = [
            re.escape(t[:-1]) + r"\w{0,20}" if t.endswith("*") else re.escape(t) + r"(?:s|es)?"
            for t in terms
        ]
        every += forms
        compiled.append((context, re.compile(rf"\b(?:{_by_letter(forms)})\b")))
    either = re.compile(rf"\b(?:{_by_letter(every)})\b")
    return either, tuple(compiled)


def _by_letter(forms: Iterable[str]) -> str:
    """Return alternatives grouped by how they begin: a word is compared with its group alone."""
    groups: dict[str, list[str]] = {}
    for form in forms:
        groups.setdefault(form[0] if form[0].isalpha() else "", []).append(form)
    return "|".join(
        f"{letter}(?:{'|'.join(form[len(letter) :] for form in group)})"
        for letter, group in groups.items()
    )


@lru_cache(maxsize=64)
def contexts_of(text: str) -> tuple[str, ...]:
    """Return the contexts whose terms a sentence holds, in the order of the ontology; asked again
    for every mention of the sentence."""
    lowered = text.lower()
    either, each = _context_patterns()
    first = either.search(lowered)
    if first is None:
        return ()
    return tuple(context for context, pattern in each if pattern.search(lowered, first.start()))


additions.when_changed(contexts_of.cache_clear)


def _article_of(record: Record) -> Article:
    text = f"{record.title}\n{record.maintext}" if record.title else record.maintext
    return Article(
        article_id=content_id(record.id, text),
        text=text,
        title_length=len(record.title) if record.title else 0,
        published=record.published,
        source=record.source,
        dateline=record.dateline,
    )


def _article_from(row: dict[str, Any]) -> Article:
    title = row["title"]
    return Article(
        article_id=row["article_id"],
        text=f"{title}\n{row['body']}" if title else row["body"],
        title_length=len(title) if title else 0,
        published=row["publish_date"],
        source=row["source"],
        dateline=row["dateline"],
        story_id=row["story_id"],
    )


def _first(item: dict[str, Any], *names: str) -> Any:
    for name in names:
        if item.get(name) not in (None, ""):
            return item[name]
    return None


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date_parser.parse(value).date()
    except (ValueError, OverflowError):
        return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
