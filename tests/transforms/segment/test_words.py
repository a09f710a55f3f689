"""Words, stems and what is known of them beforehand."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from transforms.segment.words import EMPTY, Lexicon, stem_of, stems_of, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("bridge", "bridges"), ("votes", "voted"), ("Brandt", "Brandt's"), ("carries", "carried")],
)
def test_inflections_share_a_stem(one: str, other: str) -> None:
    assert stem_of(one) == stem_of(other)


def test_words_lie_in_order_of_the_text() -> None:
    words = words_of(["The bridge opened", "", "Bridges, the"])
    assert words.count == 3
    assert words.bounds.tolist() == [0, 3, 3, 5]
    assert words.owner.tolist() == [0, 0, 0, 2, 2]
    assert words.stem[1] == words.stem[3]
    assert words.plain.tolist() == [True, False, False, False, True]
    assert words.capital.tolist() == [True, False, False, True, False]


def test_no_words() -> None:
    for texts in ([], [""], ["--", "..."]):
        words = words_of(texts)
        assert words.bounds.tolist() == [0] * (len(texts) + 1)
        assert len(stems_of(words, EMPTY).unit) == 0


def test_only_what_is_never_written_small_is_a_name() -> None:
    words = words_of(["Bell said the bell rang", "Brandt left"])
    stems = stems_of(words, EMPTY)
    named = {int(s) for s in stems.stem[stems.name]}
    assert words.stem[5] in named
    assert words.stem[0] not in named


def test_common_words_weigh_less_also_in_a_tiny_text() -> None:
    words = words_of(["official bridge"])
    hashes = np.asarray([zlib.crc32(stem_of("official").encode())], np.uint32)
    lexicon = Lexicon(hashes, np.asarray([3.0], np.float32), np.zeros((1, 3), np.float32))
    stems = stems_of(words, lexicon)
    weight = dict(zip(stems.stem.tolist(), stems.weight.tolist(), strict=True))
    assert weight[int(words.stem[0])] < 0.7 * weight[int(words.stem[1])]


def test_unknown_words_are_found_nowhere() -> None:
    lexicon = Lexicon(
        np.asarray([5, 9], np.uint32), np.zeros(2, np.float32), np.zeros((2, 3), np.float32)
    )
    assert lexicon.find(np.asarray([9, 1, 5, 99], np.uint32)).tolist() == [1, 2, 0, 2]
    assert EMPTY.find(np.asarray([3], np.uint32)).tolist() == [0]
