from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.read.html_text import html_to_paragraphs

WORD = st.text("abcdefgh", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("", []),
        ("no mark-up at all", ["no mark-up at all"]),
        ("<p>One &amp; <b>two</b>, three&nbsp;&#8217;s</p>tail", ["One & two, three ’s", "tail"]),
        ("first<br>second<br><br/>third", ["first", "second", "third"]),
        ("<h2>Sub-head</h2><ul><li>a<li>b</ul>", ["Sub-head", "a", "b"]),
        ("<table><tr><td>Ellery<td>3<tr><td><p>Varn</p></td><td><p>1</p></td></table>",
         ["Ellery 3", "Varn 1"]),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", ["a", "b", "c"]),
        ("<pre>one\ntwo\n\nthree</pre>", ["one", "two", "three"]),
        ("a<script>if (x<y) {}</script><style>p {}</style>b", ["ab"]),
        ("<p>kept<img src='https://pixel.example/1.gif' width=1></p><p hidden>no</p>", ["kept"]),
        ("<div style='color: red; display : none'>preheader</div>words", ["words"]),
        ("<figure><img><figcaption>caption</figcaption></figure>text", ["text"]),
        ("<svg><title>icon</title>lost its end <p>words</p>", ["words"]),
        ("<form>Name <input name=q> and more</form>", ["Name and more"]),
        ("a < b &unknown; & c", ["a < b &unknown; & c"]),
        ("<![CDATA[in a <i>section</i>]]>", ["in a section"]),
        ("\x00nul and \ud800 half a pair", ["nul and half a pair"]),
    ],
)  # fmt: skip
def test_visible_words_come_out_a_paragraph_a_line(html: str, lines: list[str]) -> None:
    assert html_to_paragraphs(html).split("\n") == (lines or [""])


def test_captions_come_out_where_asked_for() -> None:
    html = "<figure><figcaption>caption</figcaption></figure>text"
    assert html_to_paragraphs(html, captions=True) == "caption\ntext"


def test_lines_wrapped_at_a_column_become_paragraphs() -> None:
    words = ["harbour", "council", "delayed", "vote", "again", "because", "ferries", "stood"]
    wrapped = "<br>".join(" ".join(words[i % 3 :] + words[: i % 3])[:70] for i in range(8))
    assert "\n" not in html_to_paragraphs(f"<p>{wrapped}</p>")


def test_nesting_beyond_the_parsers_limit_loses_no_words() -> None:
    html = "<div>" * 5000 + "deep <b>down</b><p>second</p>" + "</div>" * 5000 + "<p>after</p>"
    assert html_to_paragraphs(html).split() == ["deep", "down", "second", "after"]


@given(st.lists(st.lists(WORD, min_size=1, max_size=5), min_size=1, max_size=6), st.data())
def test_paragraphs_are_as_many_as_were_written(
    written: list[list[str]], data: st.DataObject
) -> None:
    html = ""
    for words in written:
        tag = data.draw(st.sampled_from(["p", "div", "li", "h2", "blockquote"]))
        inner = data.draw(st.sampled_from([" ", " <b></b>", "&#32;", "\n  ", " <i> </i>"]))
        html += f"<{tag}>{inner.join(words)}</{tag}>"
    assert html_to_paragraphs(html).split("\n") == [" ".join(words) for words in written]


SIGNS = [*"<>/!-=\"'&;abptr \n\x00ä", "<p>", "<!--", "<br>", "</td>", "<tr>", "<svg>", "<pre>"]


@given(st.lists(st.sampled_from(SIGNS)))
def test_nothing_is_raised_and_no_line_is_blank(signs: list[str]) -> None:
    text = html_to_paragraphs("".join(signs))
    assert not text or all(line.strip() == line != "" for line in text.split("\n"))
