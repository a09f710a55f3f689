"""Sketches: stable, comparable whatever the lengths, and the same for typographic variants."""

from __future__ import annotations

import unicodedata

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.deduplicate.build import article, prose, sketches
from transforms.deduplicate import candidate_keys, fingerprint, sketch
from transforms.schemas import Articles, Sketches, frame


def of(text: str) -> set[int]:
    return set(fingerprint.sample(pl.Series([text]))[1].tolist())


def test_hashes_are_the_same_in_every_version():
    """These numbers are in users' warehouses: a change makes all of their history unmatchable."""
    assert of("Alpha beta gamma delta 42") == {468101810, 594643299, 1957937778}
    assert fingerprint.headlines(pl.Series(["Alpha beta gamma delta"])).tolist() == [3851941571]


def test_a_gram_with_a_figure_is_odd():
    assert {value & 1 for value in of("one two three four")} == {0}
    assert {value & 1 for value in of("two 3 four")} == {1}


@given(st.lists(st.text(max_size=60), max_size=12))
@settings(max_examples=60, deadline=None)
def test_texts_do_not_influence_each_other(texts):
    row, value, key, words, size = fingerprint.sample(pl.Series(texts, dtype=pl.String))
    for number, text in enumerate(texts):
        alone = fingerprint.sample(pl.Series([text]))
        assert value[row == number].tolist() == alone[1].tolist()
        assert key[row == number].tolist() == alone[2].tolist()
        assert words[number] == alone[3][0]
        assert size[number] == alone[4][0]


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_normalising_is_idempotent(text):
    once = fingerprint.normalise(pl.Series([text]))
    assert fingerprint.normalise(once).str.strip_chars()[0] == once.str.strip_chars()[0]


def test_typography_case_and_accents_do_not_matter():
    plain = 'The mayor of Rivenna said: "We cannot go on," and left. Resume follows.'
    fancy = "The mayor of Rivenna said: “We cannot go on,” and left… Résumé follows."
    assert of(plain) == of(fancy) == of(plain.upper()) == of(unicodedata.normalize("NFD", fancy))


def test_text_without_spaces_has_grams_too():
    assert len(of("大臣は昨日港を訪れた")) == 8


def test_sharing_is_estimated_alike_for_short_and_long_texts():
    long = prose(1, 6000)
    part = " ".join(long.split()[200:500])
    row, value, _, words, _ = fingerprint.sample(pl.Series([long, part]))
    least = fingerprint.threshold(words, fingerprint.KEEP, fingerprint.LEAST_SHARE).min()
    common = len(set(value[row == 0]) & set(value[row == 1]))
    assert abs(common / least - 298) < 80
    assert (row == 0).sum() < 2400


def test_a_long_run_of_bytes_is_hashed_block_by_block(monkeypatch):
    text = pl.Series([prose(seed, 200) for seed in range(5)])
    whole = fingerprint.sample(text)
    monkeypatch.setattr(fingerprint, "_BLOCK", 50)
    for a, b in zip(whole, fingerprint.sample(text), strict=True):
        assert np.array_equal(a, b)


def test_sketches_keep_their_schema():
    rows = [
        article("a", prose(1), title="One"),
        article("b", ""),
        article("c", "…", title=None, hours=None),
        article("d", "two words"),
    ]
    out = sketch(frame(Articles, rows))
    assert Sketches.is_valid(out)
    assert out["fingerprints"].list.len().to_list()[1:] == [0, 0, 0]
    assert out["size"].to_list()[1:] == [0, 0, 0]


def test_only_the_day_known_counts_as_its_start():
    row = article("a", prose(1)) | {"published_at": None}
    assert sketches(row)["published_at"].dt.hour().to_list() == [0]


def test_keys_find_teasers_and_no_strangers():
    rows = [article("headline", "", title="Only a headline here")]
    for seed in range(40):
        text = prose(seed, 400)
        rows.append(article(f"{seed} whole", text))
        rows.append(article(f"{seed} teaser", " ".join(text.split()[:60])))
    sketched = sketches(*rows)
    keys = candidate_keys(sketched).join(sketched.select("article_id", "text_hash"), on="text_hash")
    assert keys["article_id"].n_unique() == 80, "a headline alone is found by its text_hash"
    both = keys.join(keys, on="key").filter(pl.col("text_hash") < pl.col("text_hash_right"))
    shared = both.group_by("article_id", "article_id_right").len()["len"]
    assert 38 <= len(shared) <= 40
    assert shared.mean() > 4


def test_grams_that_collide_are_one_fingerprint(monkeypatch):
    """Of many texts some have two 3-grams of one value; a repeat in a row would make the products
    of sparse matrices dense, as wide as there are values: 13 GB."""
    monkeypatch.setattr(fingerprint, "_BITS", np.uint64(0xFE))
    texts = pl.Series([" ".join(f"word{n * m}" for n in range(300)) for m in (1, 7)])
    row, value, is_key, _, _ = fingerprint.sample(texts)
    order = row.astype(np.int64) << 32 | value
    assert (np.diff(order) > 0).all()
    assert is_key.any() and not is_key.all()
