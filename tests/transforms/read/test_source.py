"""Files, archives and what goes wrong with them."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import polars as pl
import pytest

from transforms.read import Dump, Limits, open_source, sha256_of
from transforms.schemas import Pieces

STORY = "Harbour Bridge Opens\nThe bridge at Port Ellery opened on Monday.\n"


def read_all(path: Path, **options: object) -> list[tuple[Dump, pl.DataFrame]]:
    out = []
    for dump in open_source(path, **options):  # type: ignore[arg-type]
        frames = list(dump.pieces())
        for frame in frames:
            Pieces.validate(frame)
        out.append((dump, pl.concat(frames)))
    return out


def make_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_a_plain_text_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(STORY)
    [(dump, pieces)] = read_all(path)
    assert dump.format == "txt"
    assert dump.path == dump.container_path == str(path)
    assert dump.sha256 == dump.container_sha256 == sha256_of(path)
    assert dump.bytes == len(STORY)
    assert pieces["text"].to_list() == [STORY]


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt.gz", gzip.compress), ("a.txt.bz2", bz2.compress)]
)
def test_compression_is_recognised_by_content(tmp_path: Path, name: str, pack: object) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / name.replace(".", "_")
    plain.write_text(STORY)
    packed.write_bytes(pack(STORY.encode()))  # type: ignore[operator]
    [(first, _)] = read_all(plain)
    [(second, pieces)] = read_all(packed)
    assert first.dump_id == second.dump_id
    assert second.container_sha256 != second.sha256
    assert pieces["text"].to_list() == [STORY]


def test_members_of_archives_are_dumps(tmp_path: Path) -> None:
    members = {"x/a.txt": STORY.encode(), "b.txt": b"Other Story Here\nIt has a body too.\n"}
    make_tar(tmp_path / "a.tar.gz", members, "w:gz")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    from_tar = read_all(tmp_path / "a.tar.gz")
    from_zip = read_all(tmp_path / "a.zip")
    assert [dump.path.partition("!")[2] for dump, _ in from_tar] == ["x/a.txt", "b.txt"]
    assert [d.dump_id for d, _ in from_tar] == [d.dump_id for d, _ in from_zip]
    assert all(d.container_path == str(tmp_path / "a.zip") for d, _ in from_zip)


def test_a_packed_member_is_opened(tmp_path: Path) -> None:
    make_tar(tmp_path / "a.tar", {"inner.txt.gz": gzip.compress(STORY.encode())})
    [(dump, pieces)] = read_all(tmp_path / "a.tar")
    assert dump.format == "txt"
    assert pieces["text"].to_list() == [STORY]


def test_a_zip_in_a_tar_is_opened_but_no_deeper_than_the_limit(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", STORY)
    make_tar(tmp_path / "a.tar", {"b.zip": buffer.getvalue()})
    [(dump, _)] = read_all(tmp_path / "a.tar")
    assert dump.path.endswith("a.tar!b.zip!a.txt")
    [(dump, pieces)] = read_all(tmp_path / "a.tar", limits=Limits(depth=0))
    assert pieces["reason"].to_list() == ["unsafe"]


@pytest.mark.parametrize("name", ["/etc/a.txt", "../a.txt", "x/../../a.txt", "C:\\a.txt"])
def test_members_that_leave_the_archive_are_unsafe(tmp_path: Path, name: str) -> None:
    make_tar(tmp_path / "a.tar", {name: STORY.encode(), "good.txt": STORY.encode()})
    results = read_all(tmp_path / "a.tar")
    assert [frame["reason"][0] for _, frame in results] == ["unsafe", None]


def test_links_and_devices_are_unsafe(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("l", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("d", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
    assert [frame["reason"][0] for _, frame in read_all(tmp_path / "a.tar")] == ["unsafe"] * 3


def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"a" * 5_000_000))
    [(dump, pieces)] = read_all(path, limits=Limits(ratio=50, ratio_from=1_000_000))
    assert pieces["reason"].to_list() == ["unsafe"]
    assert "50" in pieces["detail"][0]
    assert dump.failure is not None


def test_of_a_truncated_gzip_the_readable_part_is_kept(tmp_path: Path) -> None:
    text = "".join(f"Line {n} tells of event {n * 7919 % 104729}.\n" for n in range(20_000))
    path = tmp_path / "a.txt.gz"
    packed = gzip.compress(text.encode())
    path.write_bytes(packed[: len(packed) // 2])
    [(dump, pieces)] = read_all(path)
    kept = "".join(pieces.filter(pl.col("kind") == "text")["text"])
    assert len(kept) > 1000
    assert text.startswith(kept)
    assert pieces["reason"].to_list()[-1] == "unreadable"
    assert "damaged" in dump.flags


def test_of_a_truncated_tar_whole_members_are_kept(tmp_path: Path) -> None:
    make_tar(tmp_path / "a.tar", {"a.txt": STORY.encode(), "b.txt": b"x y z\n" * 10_000})
    data = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data[:20_000])
    results = read_all(tmp_path / "a.tar")
    assert results[0][1]["text"][0] == STORY
    assert results[-1][1]["reason"].to_list() == ["unreadable"]


def test_a_damaged_zip_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 4)
    [(_, pieces)] = read_all(path)
    assert pieces["reason"].to_list() == ["unreadable"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"%PDF-1.7 whatever", "unsupported"),
        (bytes(range(256)) * 20, "unsupported"),
        (b"<!DOCTYPE html><html><body>Hi</body></html>", "no_text"),
    ],
)
def test_what_no_reader_knows_is_one_reject(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    [(dump, pieces)] = read_all(path)
    assert pieces["reason"].to_list() == [reason]
    assert pieces["char_end"][0] == len(data) == dump.bytes


def test_a_missing_file_is_a_reject(tmp_path: Path) -> None:
    [(dump, pieces)] = read_all(tmp_path / "none.txt")
    assert pieces["reason"].to_list() == ["unreadable"]
    assert "No such file" in pieces["detail"][0]
    assert dump.sha256 == ""


def test_folders_fifos_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, word in (
        (tmp_path, "folder"),
        (tmp_path / "pipe", "FIFO"),
        (Path("/dev/null"), "dev"),
    ):
        [(_, pieces)] = read_all(path)
        assert pieces["reason"].to_list() == ["unreadable"]
        assert word in pieces["detail"][0]
        with pytest.raises(ValueError, match=word):
            sha256_of(path)


def test_an_unknown_format_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown format 'nope'"):
        list(open_source(tmp_path / "a.txt", format="nope"))


def test_two_empty_files_are_two_dumps(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.txt").touch()
    ids = {d.dump_id for name in "ab" for d, _ in read_all(tmp_path / f"{name}.txt")}
    assert len(ids) == 2


def test_a_member_must_be_read_before_the_next(tmp_path: Path) -> None:
    make_tar(tmp_path / "a.tar", {"a.txt": STORY.encode(), "b.txt": STORY.encode()})
    first, _ = list(open_source(tmp_path / "a.tar"))
    with pytest.raises(RuntimeError, match="before asking for the next"):
        list(first.pieces())


def test_blanks_that_only_the_encoding_tells_are_an_empty_dump(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\n\n    \xa0    ")
    for format in ("lexisnexis", "csv", "proquest-txt"):
        [dump] = open_source(path, format=format)
        assert [row["reason"] for row in dump.rows()] == ["empty"]
