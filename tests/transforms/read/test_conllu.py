"""CoNLL-U: documents, paragraphs, fields in comments, text from its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.wire import Trickle, chosen, reasons, rows, sample


def tokens(*forms: str) -> str:
    """Return token lines; a form that ends in `+` has no space behind it."""
    return "".join(
        f"{n}\t{form.rstrip('+')}\t_\tX\t_\t_\t0\troot\t_\t"
        f"{'SpaceAfter=No' if form.endswith('+') else '_'}\n"
        for n, form in enumerate(forms, start=1)
    )


ONE = (
    "# newdoc id = ew-1\n# meta::title = Quay Shut\n# meta::author = Ann Lee\n"
    "# meta::dateCreated = 2021-05-03\n# meta::sourceURL = https://ellery.example/1\n"
    f"# newpar\n# sent_id = ew-1-1\n# text = Quay Shut\n{tokens('Quay', 'Shut')}\n"
    f"# newpar = p\n# sent_id = ew-1-2\n# text = It is shut.\n{tokens('It', 'is', 'shut+', '.')}\n"
    f"# sent_id = ew-1-3\n# s_type = decl\n# text = It opens.\n{tokens('It', 'opens+', '.')}\n"
    f"# newpar\n# text = In May.\n{tokens('In', 'May+', '.')}\n"
)
TWO = (
    "# newdoc id = ew-2\n"
    "# sent_id = 1\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n1\tdo\t_\tX\t_\t_\t0\troot\t_\t_\n"
    "2\tn't\t_\tX\t_\t_\t1\tx\t_\t_\n3\tgo\t_\tX\t_\t_\t1\tx\t_\tSpaceAfter=No\n"
    "3.1\tghost\t_\tX\t_\t_\t_\t_\t_\t_\n4\t!\t_\tX\t_\t_\t1\tx\t_\t_\n\n"
    f"# sent_id = 2\n{tokens('Ferries', 'run')}\n"
)


def seeds() -> dict[str, list[bytes]]:
    return {"conllu": [ONE.encode(), (ONE + TWO).encode(), TWO.encode()]}


def test_it_is_recognised() -> None:
    assert chosen(ONE, "dump") == chosen(TWO, "dump") == "conllu"
    assert chosen("1\ttitle\n2\tb\n", "dump") != "conllu"
    assert chosen("# A headline\nWith text.\n", "dump.conllu") != "conllu"


def test_a_document_is_an_article() -> None:
    one, two = rows("conllu", ONE + TWO)
    assert (one["title"], one["byline"], one["external_id"]) == ("Quay Shut", "Ann Lee", "ew-1")
    assert (one["date_text"], one["url"]) == ("2021-05-03", "https://ellery.example/1")
    assert one["text"] == "It is shut. It opens.\nIn May."
    assert (ONE + TWO)[one["char_end"] :].strip().startswith("# newdoc id = ew-2")
    assert two["external_id"] == "ew-2"


def test_without_text_the_words_make_the_sentences() -> None:
    [row] = rows("conllu", TWO)
    assert row["text"] == "don't go!\nFerries run"


def test_a_document_over_the_limit_costs_no_neighbour() -> None:
    long = "# newdoc id = x\n" + f"# text = {'word ' * 50}\n{tokens('word')}\n" * 20
    found = rows("conllu", ONE + long + TWO, limit=2000)
    assert reasons(found) == [None, "too_large", None]


def test_a_line_over_the_limit_is_a_reject() -> None:
    found = rows("conllu", ONE + "# text = " + "x" * 5000 + "\n\n" + TWO, limit=2000)
    assert reasons(found) == [None, "too_large", None]


@given(
    st.lists(st.sampled_from([*ONE.splitlines(), *TWO.splitlines(), "", "stray", "9\tx"])),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_nothing_of_any_soup_is_lost(lines: list[str], trickle: bool) -> None:
    text = "\n".join(lines)
    found = rows("conllu", text)
    if trickle:
        assert rows("conllu", text, kind=Trickle) == found


@pytest.mark.gold
def test_a_real_corpus(shared: Path) -> None:
    for path in sorted((shared / "dumps" / "formats" / "gum_wikinews").glob("*.conllu")):
        format, [article], rejects = sample(path)
        assert format == "conllu"
        assert not rejects
        assert article["title"]
        assert article["publish_date"]
        assert article["external_id"] == path.stem
        assert len(article["body"]) > 500
