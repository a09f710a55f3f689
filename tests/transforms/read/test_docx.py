"""Word documents: their words and nothing else, in order; hostile archives."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import docx as python_docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.read.test_lexisnexis import UNI
from transforms.read import open_source
from transforms.read.docx import MAX_DEPTH, decode, sniff
from transforms.read.registry import choose_binary

NAMESPACE = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns='
    '"http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="{}"/></Relationships>'
)
LIMIT = 1_000_000


def document(*paragraphs: str) -> bytes:
    """A document written by the library that is used for it."""
    made = python_docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def packed(body: str, *, name: str = "word/document.xml", **parts: str) -> bytes:
    """A document whose body is written by hand."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONS.format(name))
        archive.writestr(name, f"<w:document {NAMESPACE}><w:body>{body}</w:body></w:document>")
        for part, content in parts.items():
            archive.writestr(f"word/{part}.xml", content)
    return out.getvalue()


def text_of(data: bytes, limit: int = LIMIT) -> str:
    return decode(io.BytesIO(data), limit)


def seeds() -> list[bytes]:
    """Small valid dumps, to be damaged."""
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    return [document(*UNI.split("\n")), packed(f"<w:p><w:r><w:t>One</w:t></w:r></w:p>{table}")]


def test_paragraphs_are_lines() -> None:
    assert text_of(document("One & two", "", "Thr\u00e9e")) == "One & two\n\nThr\u00e9e\n"


def test_breaks_tabs_and_hyphens() -> None:
    runs = "<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t>"
    assert text_of(packed(f"<w:p><w:r>{runs}</w:r></w:p>")) == "a\tb\nc-d\n"


def test_tables_have_a_line_a_row() -> None:
    made = python_docx.Document()
    table = made.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ("Rank", "City", "1", "Port Ellery"), strict=True):
        cell.text = words
    table._cells[3].add_paragraph("in the north")
    out = io.BytesIO()
    made.save(out)
    assert text_of(out.getvalue()) == "Rank\tCity\n1\nPort Ellery\nin the north\n"


def test_only_what_is_seen_is_taken() -> None:
    body = (
        "<w:p><w:pPr><w:rPr><w:t>style</w:t></w:rPr></w:pPr>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:r><w:instrText>HYPERLINK</w:instrText></w:r><w:ins><w:r><w:t>new </w:t></w:r></w:ins>"
        "<mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p>"
        "</w:txbxContent></mc:Choice><mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p>"
        "</mc:Fallback></mc:AlternateContent><w:r><w:t>end</w:t></w:r></w:p>"
    )
    assert text_of(packed(body)) == "box\nnew end\n"


def test_notes_follow_the_text() -> None:
    notes = (
        f'<w:footnotes {NAMESPACE}><w:footnote w:type="separator"><w:p><w:r><w:t>--</w:t></w:r>'
        "</w:p></w:footnote><w:footnote><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote>"
        "</w:footnotes>"
    )
    data = packed("<w:p><w:r><w:t>Text.</w:t></w:r></w:p>", footnotes=notes)
    assert text_of(data) == "Text.\nA note.\n"


def test_the_package_says_which_part_is_the_document() -> None:
    data = packed("<w:p><w:r><w:t>Here.</w:t></w:r></w:p>", name="doc/main.xml")
    assert text_of(data) == "Here.\n"


@pytest.mark.parametrize(
    "body",
    [
        "<w:p>" * (MAX_DEPTH + 1),
        "<w:p><w:r><w:t>a</w:t></w:r>",
        "<w:p>&nothing;</w:p>",
        "<w:p><w:r><w:t>" + "a" * (LIMIT + 1) + "</w:t></w:r></w:p>",
    ],
)
def test_damaged_or_deep_or_long_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"damaged|deep|limit"):
        text_of(packed(body))


def test_entities_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "word/document.xml",
            '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
            f'<!ENTITY f SYSTEM "file:///etc/hostname">]><w:document {NAMESPACE}><w:body><w:p>'
            "<w:r><w:t>&b;&f;</w:t></w:r></w:p></w:body></w:document>",
        )
    with pytest.raises(ValueError, match="document type"):
        text_of(out.getvalue())


def test_a_bomb_is_noticed_while_it_unpacks() -> None:
    data = packed("<w:p/>" + " " * (80 << 20))
    assert len(data) < 200_000
    with pytest.raises(ValueError, match="could need"):
        text_of(data)


@pytest.mark.parametrize("damage", ["cut", "other", "crc"])
def test_damaged_archives_are_refused(damage: str) -> None:
    data = document("One", "Two")
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "other":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("_rels/.rels", "<not xml")
            archive.writestr("xl/workbook.xml", "<x/>")
        data = out.getvalue()
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            at = archive.getinfo("word/document.xml").header_offset + 120
        data = data[:at] + bytes(255 - byte for byte in data[at : at + 20]) + data[at + 20 :]
    with pytest.raises(ValueError, match=r"."):
        text_of(data)


def test_sniffing() -> None:
    found = choose_binary(document("One")[:4096], "a.docx")
    assert found is not None
    assert found.name == "docx"
    assert sniff(b"PK\x03\x04" + b"\x00" * 26 + b"xl/workbook.xml", "a.xlsx") == 0
    assert sniff(b"%PDF-1.4", "a.docx") == 0


def test_a_nexis_download_is_read_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.DOCX"
    path.write_bytes(document(*UNI.split("\n")))
    (dump,) = open_source(path)
    assert (dump.format, dump.encoding) == ("lexisnexis", "docx")
    assert [row["title"] for row in dump.rows()] == ["Quay shut", "Ferries back"]
    assert not dump.warnings


def test_a_damaged_document_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(document("One")[:900])
    (dump,) = open_source(path)
    (row,) = dump.rows()
    assert (dump.format, row["reason"]) == ("docx", "unreadable")


LINE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff"),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(LINE, max_size=8))
def test_any_paragraphs_come_back(lines: list[str]) -> None:
    assert text_of(document(*lines)) == "".join(f"{line}\n" for line in lines)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_a_value_error_or_text(data: st.DataObject) -> None:
    good = bytearray(packed("<w:p><w:r><w:t>One</w:t></w:r></w:p>"))
    for _ in range(data.draw(st.integers(1, 5))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryFile() as file:
        file.write(good)
        file.seek(0)
        try:
            text = decode(file, LIMIT)
        except (ValueError, NotImplementedError, OSError):
            return
        assert isinstance(text, str)


def test_a_real_download(shared: Path) -> None:
    folder = shared / "dumps/formats/lexisnexis_samples"
    for name in ("sample.DOCX", "test.DOCX"):
        data = (folder / name).read_bytes()
        library = python_docx.Document(io.BytesIO(data))
        words = [p.text for p in library.paragraphs if p.text.strip()]
        text = text_of(data)
        at = 0
        for paragraph in words:  # tables stand between them
            at = text.index(paragraph, at) + len(paragraph)
