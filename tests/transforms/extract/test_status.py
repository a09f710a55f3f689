"""Time, polarity, certainty and source of an event."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.quality import status as benchmark
from transforms.extract import pipeline, status
from transforms.extract.model import Article, Sentence, Status, Trigger
from transforms.extract.times.lexicon import words
from transforms.extract.veridicality import veridicality

PIECES = sorted(
    words(
        """
    rebels said that if not attack attacked the town will who denied to and without , . according
    police would have been killing of threat no " which
    """
    )
)


def judged(text: str, word: str, *, headline: bool = False) -> Status:
    doc = pipeline.load()(text)
    sentence = Sentence(0, 0, len(text), text, headline, doc)
    article = Article("a", text, 0, date(2019, 5, 14), sentences=[sentence])
    for token in doc:
        if token.text == word:
            trigger = Trigger(
                token, token.idx, token.idx + len(token), "ASSAULT", None, None, 1.0, "test"
            )
            return status.judge(trigger, sentence, article)
    raise AssertionError(word)


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("Rebels attacked the town.", "attacked", ("past", "positive", "certain", None)),
        ("Rebels did not attack the town.", "attack", ("past", "negative", "certain", None)),
        ("Rebels are attacking the town.", "attacking", ("ongoing", "positive", "certain", None)),
        ("Rebels will attack the town.", "attack", ("future", "positive", "certain", None)),
        ("Had the rebels attacked the town, families would have fled.", "attacked",
         ("past", "positive", "hypothetical", None)),
        ("Did the rebels attack the town?", "attack", ("past", "positive", "possible", None)),
        ("Why did the rebels attack the town?", "attack",
         ("past", "positive", "certain", None)),
        ("Rebels might attack the town.", "attack", ("future", "positive", "possible", None)),
        ("Velmia reported capturing the town.", "capturing",
         ("past", "positive", "claimed", "Velmia")),
        ("The envoy might start opposing the plan.", "opposing",
         ("future", "positive", "possible", None)),
        ("The army denied that it attacked the village.", "attacked",
         ("past", "negative", "claimed", "The army")),
        ("The army denied attacking the village.", "attacking",
         ("past", "negative", "claimed", "The army")),
        ("Rebels failed to capture the town.", "capture", ("past", "negative", "certain", None)),
        ("Rebels managed to capture the town.", "capture", ("past", "positive", "certain", None)),
        ("Rebels did not fail to capture the town.", "capture",
         ("past", "positive", "certain", None)),
        ("The rebels have refused to release the hostages.", "release",
         ("past", "negative", "certain", None)),
        ("Police prevented an attack on the embassy.", "attack",
         ("past", "negative", "certain", None)),
        ("He left without signing the treaty.", "signing", ("past", "negative", "certain", None)),
        ("The government threatened to impose sanctions.", "impose",
         ("future", "positive", "possible", None)),
        ("Troops allegedly shot a boy.", "shot", ("past", "positive", "claimed", None)),
        ("According to police, gunmen attacked the bus.", "attacked",
         ("past", "positive", "claimed", "police")),
        ("If rebels attack the town, the army will respond.", "attack",
         ("future", "positive", "hypothetical", None)),
        ("If rebels attack the town, the army will respond.", "respond",
         ("future", "positive", "hypothetical", None)),
        ("The president would have attacked Velmia.", "attacked",
         ("past", "positive", "hypothetical", None)),
        ("Witnesses said soldiers would fire on the crowd.", "fire",
         ("future", "positive", "claimed", "Witnesses")),
        ("The two sides are expected to sign a deal.", "sign",
         ("future", "positive", "possible", None)),
        ("Protesters plan a march on Sunday.", "march", ("future", "positive", "certain", None)),
        ("They will by no means attack the town.", "attack",
         ("future", "negative", "certain", None)),
        ("Talks with the rebels are scheduled to start in June.", "Talks",
         ("future", "positive", "certain", None)),
        ("The talks failed to end the strike.", "talks", ("past", "positive", "certain", None)),
        ("The attack was foiled by police.", "attack", ("past", "negative", "certain", None)),
        ("No attack took place.", "attack", ("past", "negative", "certain", None)),
        ("The strike was called off.", "strike", ("past", "negative", "certain", None)),
        ("The assembly condemned the attack.", "attack", ("past", "positive", "certain", None)),
        ("He was accused of killing two officers.", "killing",
         ("past", "positive", "claimed", None)),
        ("A bomber rammed the gate, killing four civilians, officials said.", "killing",
         ("past", "positive", "claimed", "officials")),
    ],
)  # fmt: skip
def test_judge(text: str, word: str, expected: tuple[str, str, str, str | None]) -> None:
    found = judged(text, word)
    assert (found.time, found.polarity, found.certainty, found.attributed_to) == expected


def test_headline_present_is_past_and_infinitive_is_future() -> None:
    assert judged("Rebels attack town", "attack", headline=True).time == "past"
    assert judged("Velmia to impose sanctions", "impose", headline=True).time == "future"


def test_the_reporting_verb_itself_is_certain() -> None:
    assert judged("Police said rebels attacked the bus.", "said").certainty == "certain"


def test_a_quoted_sentence_is_claimed_by_the_last_speaker() -> None:
    first, second = "The war is over, the general said.", '"We destroyed the base."'
    text = first + "\n" + second
    article = Article("a", text)
    for index, (start, line) in enumerate([(0, first), (len(first) + 1, second)]):
        doc = pipeline.load()(line)
        article.sentences.append(Sentence(index, start, start + len(line), line, False, doc))
    sentence = article.sentences[1]
    assert sentence.doc is not None
    head = next(t for t in sentence.doc if t.text == "destroyed")
    trigger = Trigger(head, head.idx, head.idx + 9, "ASSAULT", None, None, 1.0, "test")
    found = status.judge(trigger, sentence, article)
    assert (found.certainty, found.attributed_to) == ("claimed", "the general")


def test_the_table_knows_only_its_classes() -> None:
    classes = {"report", "claim", "factive", "denial", "yes", "no", "ended", "plan", "wish", "try",
               "possible", "doubt"}  # fmt: skip
    table = veridicality()
    assert set(table.values()) == classes
    assert {pos for _, pos in table} == {"v", "n", "a"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        min_size=1,
        max_size=25,
    ).map(" ".join)
)
def test_any_parse_gets_a_judgement(text: str) -> None:
    doc = pipeline.load()(text)
    sentence = Sentence(0, 0, len(text), text, False, doc)
    article = Article("a", text, sentences=[sentence])
    for token in doc:
        trigger = Trigger(
            token, token.idx, token.idx + len(token), "ASSAULT", None, None, 1.0, "test"
        )
        found = status.judge(trigger, sentence, article)
        assert found.time in ("past", "ongoing", "future")
        assert found.attributed_to is None or found.attributed_to in text


@pytest.mark.gold
def test_against_meantime(shared: Path) -> None:
    figures = {f.metric.split()[0]: f.value for f in benchmark.score(shared / "gold")}
    assert figures["certainty"] >= 0.95
    assert figures["polarity"] >= 0.975
    assert figures["future"] >= 0.92
