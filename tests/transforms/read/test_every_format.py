"""The same stories in any format, packed in any way, are the same articles."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.stories import FORMATS, stories
from transforms.read import formats, open_source
from transforms.read.verify import Verifier
from transforms.segment import Segmenter, segment
from transforms.segment.articles import Row

STORIES = stories(4)
HOLDS = {"docx": "lexisnexis", "rtf": "lexisnexis", "mail": "txt"}
"""What is in those that only hold a text."""


def read(path: Path, **options: str) -> list[Row]:
    """Return the rows of every article under a source, and fail on any but blank rejects."""
    found: list[Row] = []
    for dump in open_source(path, **options):  # type: ignore[arg-type]
        segmenter = Segmenter(dump.path)
        for articles, rejects in segmenter.rows(dump.rows()):
            found += articles
            assert not [row for row in rejects if row["reason"] != "not_article"]
        assert not dump.warnings
    return found


def assert_the_stories(found: list[Row]) -> None:
    assert [row["title"] for row in found] == [one["title"] for one in STORIES]
    for row, one in zip(found, STORIES, strict=True):
        assert row["body"].split("\n") == one["paragraphs"]
        assert row["language"] == "en"


def gzipped(data: bytes, _: str) -> bytes:
    return gzip.compress(data)


def tarred(mode: str) -> Callable[[bytes, str], bytes]:
    def pack(data: bytes, name: str) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
            info = tarfile.TarInfo(f"day/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        return out.getvalue()

    return pack


def zipped(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"day/{name}", data)
    return out.getvalue()


PACKERS: dict[str, Callable[[bytes, str], bytes]] = {
    "gz": gzipped,
    "bz2": lambda data, _: bz2.compress(data),
    "xz": lambda data, _: lzma.compress(data),
    "zst": lambda data, _: zstandard.compress(data),
    "zip": zipped,
    "tar": tarred("w:"),
    "tar.gz": tarred("w:gz"),
    "tar.xz": tarred("w:xz"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_stories_in_any_format(name: str, tmp_path: Path) -> None:
    suffix, write = FORMATS[name]
    path = tmp_path / f"dump.{suffix}"
    path.write_bytes(write(STORIES))
    found = read(path)
    assert_the_stories(found)
    assert {dump.format for dump in open_source(path)} == {HOLDS.get(name, name)}


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"html"}))
def test_the_name_tells_nothing_that_the_content_does_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(FORMATS[name][1](STORIES))
    assert_the_stories(read(path))


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"html"}))
def test_packed_in_any_way(name: str, packing: str, tmp_path: Path) -> None:
    suffix, write = FORMATS[name]
    path = tmp_path / f"dump.{suffix}.{packing}"
    path.write_bytes(PACKERS[packing](write(STORIES), f"dump.{suffix}"))
    assert_the_stories(read(path))


def test_packed_twice(tmp_path: Path) -> None:
    """A zip archive of gzipped dumps, one a format."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, (suffix, write) in FORMATS.items():
            archive.writestr(f"{name}.{suffix}.gz", gzip.compress(write(STORIES)))
    path = tmp_path / "all.zip"
    path.write_bytes(out.getvalue())
    assert len(read(path)) == len(FORMATS) * len(STORIES)


@pytest.mark.parametrize("name", FORMATS)
def test_every_article_is_cut_out_again(name: str, tmp_path: Path) -> None:
    suffix, write = FORMATS[name]
    path = tmp_path / f"dump.{suffix}"
    path.write_bytes(write(STORIES))
    checked = 0
    for dump in open_source(path):
        verifier = Verifier(dump)
        for articles, rejects in segment(dump.pieces(), dump_path=dump.path):
            assert not list(verifier.batch(articles, rejects))
        assert not list(verifier.finish())
        checked += verifier.checked
    assert checked == len(STORIES)


def test_no_format_is_forgotten() -> None:
    """Every format that can be asked for has its stories here; mail is what holds texts."""
    assert set(FORMATS) - {"mail"} == set(formats())
