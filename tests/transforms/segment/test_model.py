"""The fitted model: trees, features, choice of starts."""

from __future__ import annotations

import numpy as np
import pytest

from transforms.read.prose import block_paragraphs, indented_paragraphs, paragraphs, wrap_width
from transforms.segment import model
from transforms.segment.boundaries import AGAIN, Expected, Judged, choose, judge, settle, sure_of
from transforms.segment.features import COHESION, NAMES, SHAPE, Seen, see
from transforms.segment.model import Trees, shipped
from transforms.segment.units import Unit, split_lines, units_of, width_of


def units(*texts: str) -> list[Unit]:
    out = []
    at = 0
    for text in texts:
        out.append(Unit(at, at + len(text), text, 0, 0, 1))
        at += len(text) + 1
    return out


def seen(units: list[Unit]) -> Seen:
    return see(units, wrapped=False, lexicon=shipped().lexicon)


def test_trees_are_summed() -> None:
    trees = Trees(
        feature=np.array([0, 0, 1, 0, 0, 0], np.int32),
        threshold=np.array([1.5, np.inf, 0.0, np.inf, np.inf, np.inf], np.float32),
        child=np.array([[1, 2], [1, 1], [3, 4], [3, 3], [4, 4], [5, 5]], np.int32),
        value=np.array([0, -1.0, 0, 2.0, 3.0, 0.25], np.float32),
        roots=np.array([0, 5], np.int32),
        baseline=0.5,
        depth=3,
    )
    rows = np.array([[1.0, 9.0], [2.0, -1.0], [2.0, 1.0]], np.float32)
    assert trees.log_odds(rows).tolist() == pytest.approx([-0.25, 2.75, 3.75])
    assert trees.probability(rows)[0] == pytest.approx(1 / (1 + np.exp(0.25)))
    assert trees.log_odds(rows[:0]).shape == (0,)


def test_few_rows_are_judged_as_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = shipped().headline
    rows = np.random.default_rng(3).normal(0, 3, (60, len(NAMES))).astype(np.float32)
    few = trees.log_odds(rows)
    monkeypatch.setattr(model, "_FEW", 0)
    assert trees.log_odds(rows).tolist() == few.tolist()
    assert (few < -6).any()
    assert (few > -6).any()


def test_shipped_parameters_fit_the_features() -> None:
    models = shipped()
    assert int(models.headline.feature.max()) < len(NAMES)
    for trees in (models.headline_again, models.lead_in):
        assert int(trees.feature.max()) < len(NAMES) + len(AGAIN)
        # The second pass leans on the first: were columns to move, this would not hold.
        used = np.bincount(trees.feature[trees.feature >= 0], minlength=len(NAMES) + len(AGAIN))
        assert used[len(NAMES) :].sum() > 0.1 * used.sum()
    assert "corpora" in models.about


def test_features_have_their_columns() -> None:
    for texts in ((), ("One line",), ("Bridge Opens", "The bridge opened.", "Ferry Stops")):
        found = units(*texts)
        if not found:
            assert len(judge(found, wrapped=False).headline) == 0
            continue
        table = seen(found).rows
        assert table.shape == (len(texts), len(NAMES))
        assert np.isfinite(table).all()


def test_a_headline_with_decks_may_be_as_long_as_a_paragraph() -> None:
    plain = "Ships wait outside the harbour of Port Ellery, " * 4 + "its master said."
    decked = plain.replace(", Ships", "; Ships")
    texts = (plain, plain, decked, plain.replace(", Ships", "; ships"))
    assert seen(units(*texts)).plausible.tolist() == [True, False, True, False]


def test_words_of_a_headline_return_behind_it_and_not_before() -> None:
    found = units(
        "The court in Vantova cleared the former minister of bribery on Wednesday.",
        "Judges said prosecutors had not shown that Brandt knew of payments.",
        "Harbour Bridge Opens After Repair",
        "The harbour bridge at Port Ellery opened on Monday after a long repair.",
    )
    table = seen(found).rows[:, NAMES.index(COHESION[0]) :]
    ahead, behind = COHESION.index("ahead_300"), COHESION.index("behind_300")
    assert table[2, ahead] > 0.9
    assert table[2, behind] == 0.0
    assert table[3, behind] > 0.3


def test_a_lead_in_belongs_to_the_headline_behind_it() -> None:
    found = units("Head", "body", "Sport", "Head", "body")
    judged = Judged(np.array([0.9, 0, 0.1, 0.8, 0]), np.array([0, 0, 0.9, 0, 0]))
    starts = choose(found, judged)
    assert [(start.unit, start.headline) for start in starts] == [(0, 0), (2, 3)]


def test_confidence_falls_with_doubt_at_either_end_and_between() -> None:
    found = units(*"abcdef")
    sure = np.array([1, 0, 0, 0.99, 0, 0])

    def whole(at: int, value: float) -> list[float]:
        p = sure.copy()
        p[at] = value
        judged = Judged(p, np.zeros(6))
        return [start.whole for start in sure_of(choose(found, judged), judged, None)]

    plain = whole(3, 0.99)
    assert plain == pytest.approx([0.99, 0.99])
    assert whole(3, 0.6) == pytest.approx([0.6, 0.6])
    assert whole(1, 0.4) == pytest.approx([0.99 * 0.6, 0.99])


def test_an_expected_share_of_wrong_starts_is_counted() -> None:
    found = units(*"abcd")
    expected = Expected()
    assert expected.f1 == 1.0
    judged = Judged(np.array([1, 0, 0.8, 0.4]), np.zeros(4))
    expected.add(choose(found, judged), judged)
    assert expected.f1 == pytest.approx(2 * 0.8 / (1 + 0.8 + 0.4))


def test_the_first_unit_always_starts_a_story() -> None:
    found = units("body", "body", "Head")
    judged = Judged(np.array([0.1, 0, 0.8]), np.zeros(3))
    assert [start.unit for start in choose(found, judged)] == [0, 2]
    assert choose([], Judged(np.zeros(0), np.zeros(0))) == []


def test_full_names_given_again_are_counted() -> None:
    told = "It went on as the town expected, without haste, for the rest of the week. " * 12
    found = units("Ilse Brandt was cleared.", told, "Brandt said nothing.", "Ilse Brandt is free.")
    column = NAMES.index("reintroduced")
    assert seen(found).rows[2, column] > 0
    assert seen(found[:3]).rows[2, column] == 0


WRAPPED = """Harbour Bridge Opens
The harbour bridge at Port Ellery opened to
traffic on Monday after repairs that took
two years and cost more than planned.
Engineers said that the bridge would carry
twenty thousand cars a day.
The mayor thanked the crews for their work.
"""


def test_wrapped_lines_become_one_unit_a_paragraph() -> None:
    lines = split_lines(WRAPPED)
    width = width_of(lines)
    assert width == 43
    found = units_of(lines, width)
    assert [unit.text.split()[0] for unit in found] == ["Harbour", "The", "Engineers", "The"]
    for unit in found:
        assert WRAPPED[unit.start : unit.end].replace("\n", " ") == unit.text


def test_lines_that_were_not_wrapped_stay_apart() -> None:
    assert wrap_width([20, 200, 340, 150, 30, 500, 210]) is None
    assert paragraphs(["One.", "Two."], None) == ["One.", "Two."]


def test_paragraphs_by_indent_and_by_blank_lines() -> None:
    assert indented_paragraphs(["A b", "c d.", "    E f", "g."]) == ["A b c d.", "E f g."]
    assert block_paragraphs([("Aaaaaaaa", 0), ("bbbb.", 0), ("Cccccc.", 1)], 10) == [
        "Aaaaaaaa bbbb.",
        "Cccccc.",
    ]


def test_shape_columns_are_named_once() -> None:
    assert len(set(SHAPE)) == len(SHAPE)
    assert len(set(NAMES)) == len(NAMES)


def test_lines_of_a_form_that_is_nearly_always_a_headline_s_are_raised() -> None:
    body = "The harbour bridge at Port Ellery opened to traffic on Monday after long repairs."
    texts = [text for n in range(20) for text in (f"Harbour bridge opens for the {n}th time", body)]
    found = seen(units(*texts))
    p = np.tile([0.9, 0.001], 20)
    p[4] = 0.1
    raised = settle(found, p)
    assert raised[4] > 0.5
    assert raised[1] < 0.05
    few = settle(seen(units(*texts[:20])), p[:20])
    assert few.tolist() == p[:20].tolist()
    p[10:40:2] = 0.001  # now most lines of that form are none
    assert settle(found, p).tolist() == p.tolist()


def test_of_two_headlines_in_a_row_one_is_none() -> None:
    found = units(*"abcdefgh")

    def starts(*p: float) -> list[int]:
        judged = Judged(np.asarray(p), np.zeros(len(p)))
        return [start.unit for start in choose(found[: len(p)], judged)]

    assert starts(0.9, 0, 0, 0.7, 0.8, 0) == [0, 4]
    assert starts(0.9, 0, 0, 0.8, 0.7, 0) == [0, 3]
    assert starts(0.9, 0, 0.8, 0.7, 0.9, 0) == [0, 2, 3, 4]
    assert starts(0.6, 0.9, 0, 0.9, 0) == [0, 1, 3]


def test_blank_lines_that_part_stories_alone_part_them_everywhere() -> None:
    texts = ["Head", "Text.", "Text.", "Text."] * 6
    found = [
        Unit(10 * n, 10 * n + 9, text, int(n > 0 and n % 4 == 0), 0, 1)
        for n, text in enumerate(texts)
    ]
    headline = np.where(np.arange(24) % 4 == 0, 0.9, 0.1)
    headline[10] = 0.8  # no blank line above it
    judged = Judged(headline, np.zeros(24))
    assert [start.unit for start in choose(found, judged)] == [0, 4, 8, 12, 16, 20]
    everywhere = [unit._replace(blanks=1) for unit in found]
    assert [start.unit for start in choose(everywhere, judged)] == [0, 4, 8, 10, 12, 16, 20]
    few = Judged(headline[:12], np.zeros(12))
    assert [start.unit for start in choose(found[:12], few)] == [0, 4, 8, 10]
