"""Elements cut out of mark-up: exact spans, bad neighbours, nothing expanded."""

from __future__ import annotations

import io
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.read.markup import Slice, find, find_all, parse, plain, slices, text_of
from transforms.read.text import TextSource

NAMES = frozenset({"item", "entry"})


class Trickle(TextSource):
    step = 3

    def chunks(self) -> Iterator[str]:
        text = "".join(super().chunks())
        self._done = False
        for at in range(0, len(text), self.step):
            self._done = at + self.step >= len(text)
            yield text[at : at + self.step]
        self._done = True


def cut(text: str, step: int | None = None, limit: int = 1 << 20) -> list[Slice]:
    kind = Trickle if step else TextSource
    source = kind(io.BytesIO(text.encode()).read, "utf-8", "x", max_record=limit)
    if isinstance(source, Trickle) and step:
        source.step = step
    return list(slices(source, NAMES))


def shape(found: list[Slice]) -> list[tuple[str | None, bool, str | None]]:
    return [(one.name, one.broken, one.text) for one in found]


def test_elements_and_what_is_between() -> None:
    text = '<rss><item a="1">A</item>\n<x:entry>B</x:entry><items/></rss>'
    assert shape(cut(text)) == [
        (None, False, "<rss>"),
        ("item", False, '<item a="1">A</item>'),
        (None, False, "\n"),
        ("entry", False, "<x:entry>B</x:entry>"),
        (None, False, "<items/></rss>"),
    ]


def test_comments_and_sections_hide_tags() -> None:
    text = "<!-- <item>no</item> --><item><![CDATA[</item>]]>yes</item>"
    assert [one.text for one in cut(text) if one.name] == ["<item><![CDATA[</item>]]>yes</item>"]


def test_an_element_without_its_end_costs_no_neighbour() -> None:
    found = cut("<item>A <item>B</item><item/><item>C")
    assert [(one.broken, one.text) for one in found] == [
        (True, "<item>A "),
        (False, "<item>B</item>"),
        (False, "<item/>"),
        (True, "<item>C"),
    ]


def test_a_long_element_is_given_up_and_the_next_is_found() -> None:
    text = "<item>" + "x" * 5000 + "</item><item>B</item>"
    found = cut(text, step=100, limit=1000)
    assert [(one.text is None, one.name) for one in found] == [(True, "item"), (False, "item")]
    assert found[1].text == "<item>B</item>"
    assert (found[0].start, found[1].end) == (0, len(text))


@given(
    st.lists(
        st.sampled_from(
            [
                "<item>",
                "</item>",
                "<entry x='>'>",
                "</entry>",
                "<!--",
                "-->",
                "<![CDATA[",
                "]]>",
                "<item/>",
                "<p>",
                " ",
                "text",
                "<",
                ">",
                "&",
                "é",
            ]
        ),
        max_size=25,
    ),
    st.integers(1, 40),
)
@settings(max_examples=400, deadline=None)
def test_slices_tile_the_text_however_it_comes(parts: list[str], step: int) -> None:
    text = "".join(parts)
    whole, trickled = cut(text), cut(text, step)
    for found in (whole, trickled):
        assert "".join(one.text or "" for one in found) == text
        ends = [0, *(one.end for one in found)]
        assert [one.start for one in found] == ends[:-1]
    named = [(one.name, one.text) for one in whole if one.name]
    assert [(one.name, one.text) for one in trickled if one.name] == named


def test_parse_expands_nothing_and_mends_much() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "xyz">]><a>&b;&c;1</a>'
    tree = parse(bomb)
    assert tree is not None
    assert "root:" not in (text_of(tree) or "")
    assert "xyz" not in (text_of(tree) or "")
    mended = parse(
        "<x:item><media:title>Caf&eacute; &amp; Bar&nbsp;&nosuch;</media:title><p>One<br>two"
    )
    assert mended is not None
    assert text_of(find(mended, "title")) == "Café & Bar &nosuch;"
    assert len(find_all(mended, "**", "br")) == 1
    assert parse("no element") is None


def test_references_to_no_character_become_blanks() -> None:
    tree = parse("<a t='&#55296;'>x&#xD800;y&#0;z&#65;&#x0042; &#000055296;q&#xFFFF;</a>")
    assert tree is not None
    assert text_of(tree) == "x y zAB q"
    assert (tree.get("t") or "").strip() == ""


def test_plain_gives_the_words() -> None:
    assert plain("<p>A &amp; B<!-- x --><![CDATA[ <c> ]]></p>").split() == ["A", "&", "B", "<c>"]
