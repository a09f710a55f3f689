"""RTF: code pages, escapes, pictures, tables, and what the library cannot take by itself."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.test_lexisnexis import ACADEMIC, TXT, UNI
from transforms.read import open_source
from transforms.read.registry import choose_binary
from transforms.read.rtf import decode, sniff

LIMIT = 1_000_000


def document(body: str, *, head: str = r"\ansi\ansicpg1252\deff0") -> bytes:
    fonts = r"{\fonttbl{\f0\fmodern Courier;}{\f6\fnil Courier New {\*\falt Courier};}}"
    colours = r"{\colortbl;\red0\green0\blue0;}{\stylesheet{\fs20 \snext0 Normal;}}"
    return (
        rf"{{\rtf1{head}" + f"\n{fonts}\n{colours}\\sectd \\f0 \\fs20\n{body}\n\\par }}"
    ).encode("latin-1")


def escaped(text: str) -> str:
    out = []
    for char in text:
        if char in "\\{}":
            out.append(f"\\{char}")
        elif char == "\n":
            out.append("\n\\par \\pard \\ql ")
        elif ord(char) < 128:
            out.append(char)
        else:
            halves = char.encode("utf-16-le")
            for at in range(0, len(halves), 2):
                unit = int.from_bytes(halves[at : at + 2], "little")
                out.append(f"\\u{unit - 0x10000 if unit > 0x7FFF else unit}?")
    return "".join(out)


def text_of(data: bytes, limit: int = LIMIT) -> str:
    return decode(io.BytesIO(data), limit)


PICTURE = "{\\*\\shppict{\\pict\\pngblip\n" + "89504e470d0a1a0a" * 40 + "}}"


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    special = r"caf\'e9 \u8217?s {\f6 x}\cell y\cell\row {\footnote n}" + PICTURE
    return [document(escaped(UNI)), document(escaped(ACADEMIC)), document(special)]


def test_paragraphs_are_lines() -> None:
    assert text_of(document("One\n\\par \\pard \\ql Two\n\\par\n\\par Three")) == (
        "One\nTwo\n\nThree\n"
    )


def test_escapes_and_code_pages() -> None:
    body = r"caf\'e9 na\u239\'efve \u8217?s \u55357?\u56832? 5\~kg \{a\} \emdash  b"
    assert text_of(document(body)) == "café naïve ’s 😀 5\xa0kg {a} \u2014 b\n"
    cyrillic = document(r"\'cf\'f0\'e8\'e2\'e5\'f2", head=r"\ansi\ansicpg1251")
    assert text_of(cyrillic) == "Привет\n"
    japanese = document(r"\'93\'fa\'96\'7b", head=r"\ansi\ansicpg932")
    assert text_of(japanese) == "日本\n"


def test_bytes_that_are_not_escaped_are_in_the_code_page() -> None:
    data = document("X", head=r"\ansi\ansicpg1251").replace(b"X", "Привет".encode("cp1251"))
    assert text_of(data) == "Привет\n"


def test_a_font_has_its_own_code_page() -> None:
    data = document(r"caf\'e9 {\f6 \'cf\'f0\'e8} d\'e9j\'e0").replace(
        rb"\f6\fnil", rb"\f6\fnil\fcharset204"
    )
    assert text_of(data) == "café При déjà\n"
    old = data.replace(b"fcharset204", b"fcharset79")  # Chinese on the old Mac OS
    assert "café" in text_of(old)


def test_pictures_and_page_headers_are_left_out() -> None:
    body = (
        f"One {PICTURE}two {{\\pict\\wmetafile8 \\bin4 a}}{{\\}} three\n"
        "\\sect \\sectd {\n\\header \\pard Page \\chpgn \\par }{\\*\\bkmkstart D0}four"
    )
    assert text_of(document(body)).split() == ["One", "two", "three", "four"]


def test_a_large_picture_costs_little_of_the_limit() -> None:
    picture = "{\\pict\\pngblip\n" + "\n".join(["89504e470d0a1a0a" * 8] * 20_000) + "}"
    assert text_of(document(f"One {picture} two"), limit=50_000) == "One  two\n"
    binary = b"\x00\xff}{" * 200_000
    data = document("One X two").replace(b"X", b"{\\pict\\bin800000 " + binary + b"}")
    assert text_of(data, limit=50_000).split() == ["One", "two"]


def test_long_numbers_in_a_text_are_no_picture() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert text_of(document(f"Its hash is {digest}.")) == f"Its hash is {digest}.\n"


def test_links_notes_and_tables() -> None:
    body = (
        r'{\field{\*\fldinst{HYPERLINK "http://e.example/x"}}{\fldrslt{the link}}} and'
        r"{\footnote a note} more\par a\cell b\cell\row end"
    )
    assert text_of(document(body)) == "the link and\ta note more\na\tb\t\nend\n"


def test_documents_one_after_another_are_all_read() -> None:
    assert text_of(document("One") + b"\n" + document("Two")) == "One\nTwo\n"


@pytest.mark.parametrize(
    "body",
    [
        r"\uc a", r"\u a", r"\u99999999999 a", r"\u-99999 a", r"\uc-3 a", r"\ansicpg0 a",
        r"\ansicpg a", r"\bin a", r"\bin-3 a", r"\binfsxn1 a", r"\f a", r"\f99 \'e9 a",
        r"{\pict\bin a}a", r"{\pict\binx}a", "\\", r"\'zz a", "}}}{{{ a", r"\fcharset a",
    ],
)  # fmt: skip
def test_impossible_control_words(body: str) -> None:
    assert isinstance(text_of(document(body)), str)


@pytest.mark.parametrize("data", [b"", b"{\\rt", b"text", b"{\\rtf"])
def test_what_is_no_rtf_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no RTF"):
        text_of(data)


def test_too_much_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"limit|more RTF"):
        text_of(document("A long word. " * 2000), limit=5000)


def test_sniffing() -> None:
    found = choose_binary(document("One")[:4096], "a.rtf")
    assert found is not None
    assert found.name == "rtf"
    assert sniff(b"{\\r}", "a.rtf") == 0


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (TXT, ["Quay shut", "Ferries back"]),
        (UNI, ["Quay shut", "Ferries back"]),
        (ACADEMIC, ["QUAY shut, ferries stranded"]),
    ],
)
def test_downloads_are_read_as_such(tmp_path: Path, text: str, titles: list[str]) -> None:
    path = tmp_path / "a.RTF"
    # In RTF a paragraph is one line, and nothing is centred by blanks.
    lines = [" ".join(block.split("\n")) for block in text.split("\n\n")]
    whole = "\n\n".join(lines) if text is ACADEMIC else text
    path.write_bytes(document(escaped("\n".join(line.strip(" ") for line in whole.split("\n")))))
    (dump,) = open_source(path)
    assert (dump.format, dump.encoding) == ("lexisnexis", "rtf")
    found = list(dump.rows())
    assert [row["title"] for row in found] == titles
    assert all(row["source"].startswith("The Ellery Post") for row in found)
    assert all(len(row["text"].split("\n")) >= 2 for row in found)


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=8))
def test_any_lines_come_back(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert text_of(document(escaped(text))) == text + "\n"


CONTROLS = st.sampled_from(
    ["\\u", "\\uc", "\\'e", "\\bin9 ", "{\\pict", "{\\fonttbl", "\\f3", "\\fcharset9999 ", "{", "}",
     "\\*", "{\\field{\\*\\fldinst{", "\\par", "\\ansicpg77777 ", "{\\rtf1", "\\ucx", "\x00", "\\"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(CONTROLS | st.text(max_size=5), max_size=30))
def test_any_controls_are_text_or_a_value_error(parts: list[str]) -> None:
    data = b"{\\rtf1 " + "".join(parts).encode("utf-8", "replace")
    try:
        text = text_of(data)
    except ValueError:
        return
    assert isinstance(text, str)
    text.encode()
