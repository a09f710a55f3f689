"""What holds dumps, as people pack them, and what remains of it when it was cut off."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from transforms.read import Dump, open_source

STORY = b"Mayor Opens Bridge\n\nThe bridge at Port Ellery opened on Monday. It is long and blue.\n"


def line(number: int) -> bytes:
    return json.dumps({"title": f"T{number}", "maintext": f"Body {number}."}).encode() + b"\n"


def tar(members: Mapping[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(path: Path) -> list[tuple[Dump, int, list[tuple[str, str]]]]:
    """Return each dump, how many of its pieces are no reject, and its rejects."""
    found = []
    for dump in open_source(path):
        rows = list(dump.rows())
        rejects = [(row["reason"], row["detail"]) for row in rows if row["kind"] == "reject"]
        found.append((dump, len(rows) - len(rejects), rejects))
    return found


def names(path: Path) -> list[str]:
    return [dump.path.removeprefix(f"{path}!") for dump, _, _ in read(path)]


LINES = b"".join(map(line, range(5000)))


@pytest.mark.parametrize("suffix", ["gz", "xz", "zst"])
def test_what_stands_before_the_cut_is_read_and_the_cut_is_said(
    tmp_path: Path, suffix: str
) -> None:
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress, "xz": lzma.compress, "zst": zstandard.compress,
    }  # fmt: skip
    path = tmp_path / f"a.jsonl.{suffix}"
    data = pack[suffix](LINES * 3)
    path.write_bytes(data[: len(data) * 2 // 3])
    [(dump, articles, rejects)] = read(path)
    assert articles > 500
    assert rejects[-1][0] == "unreadable"
    assert "could not be read" in rejects[-1][1]
    assert "damaged" in dump.flags


def test_frames_of_zstandard_follow_each_other(tmp_path: Path) -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zstandard.compress(line(1)) + skippable + zstandard.compress(LINES))
    [(dump, articles, rejects)] = read(path)
    assert (articles, rejects, dump.flags) == (5001, [], [])


@pytest.mark.parametrize("packed", [False, True])
def test_the_cut_member_of_a_tar_is_read_up_to_the_cut(tmp_path: Path, packed: bool) -> None:
    data = tar({"a.txt": STORY, "b.jsonl": LINES, "c.txt": STORY})
    path = tmp_path / ("a.tar.gz" if packed else "a.tar")
    path.write_bytes(gzip.compress(data)[:12_000] if packed else data[:100_000])
    first, second, archive = read(path)
    assert first[1] == 1
    assert second[1] > 1000
    assert second[2][-1][0] == "unreadable"
    assert archive[2][0][0] == "unreadable"


def test_a_zip_without_its_index_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.jsonl": LINES})[:2000])
    [(_, _, [(reason, detail)])] = read(path)
    assert reason == "unreadable"
    assert "fetch it again" in detail


def test_an_encrypted_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": STORY}))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    [(_, _, [(reason, detail)])] = read(path)
    assert reason == "unreadable"
    assert detail.startswith("it is encrypted")


def test_old_formats_of_archives(tmp_path: Path) -> None:
    v7 = bytearray(tar({"a.txt": STORY}, tarfile.USTAR_FORMAT))
    v7[257:512] = bytes(255)
    v7[148:156] = b" " * 8
    v7[148:156] = f"{sum(v7[:512]):06o}\0 ".encode()
    (tmp_path / "old").write_bytes(v7)
    assert names(tmp_path / "old") == ["a.txt"]
    path = tmp_path / "a.tar.lzma"
    path.write_bytes(lzma.compress(tar({"a.txt": STORY}), format=lzma.FORMAT_ALONE))
    assert names(path) == ["a.txt"]


def test_what_systems_add_and_what_tells_of_the_archive_is_no_article(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped({
            "__MACOSX/._a.txt": b"\0\5", "._a.txt": b"\0\5", "Thumbs.db": b"\xd0\xcf",
            "a.txt": STORY, "README.md": b"The articles of a year.\n", "LICENSE": b"Free.\n",
            "bagit.txt": b"B: 1\n",
        })
    )  # fmt: skip
    found = read(path)
    assert [dump.path.rpartition("!")[2] for dump, _, _ in found] == [
        "a.txt", "README.md", "LICENSE", "bagit.txt",
    ]  # fmt: skip
    assert [rejects[0][0] for _, _, rejects in found[1:]] == ["not_article"] * 3
    alone = tmp_path / "README.md"
    alone.write_bytes(STORY)
    assert read(alone)[0][1] == 1


SHA256 = hashlib.sha256(line(1) + line(2)).hexdigest()


@pytest.mark.parametrize(
    ("name", "text", "warnings"),
    [
        ("MANIFEST.csv", "file,articles\na.jsonl,2\n", []),
        ("MANIFEST.csv", "file;articles\na.jsonl;1,000\n", ["a.jsonl (1,000 listed, 2 read)"]),
        ("manifest.json", '{"files": [{"name": "a.jsonl", "count": 3}]}', ["(3 listed, 2 read)"]),
        ("manifest.json", '{"a.jsonl": 2, "b.jsonl": 9}', ["1 missing: b.jsonl"]),
        ("index.json", f'[{{"path": "x/a.jsonl", "sha256": "{SHA256}"}}]', ["1 missing"]),
        ("index.tsv", f"path\tsha256\na.jsonl\t{SHA256}\n", []),
        ("index.tsv", f"path\tsha256\na.jsonl\t{SHA256[::-1]}\n", ["differ from their checksum"]),
    ],
)
def test_manifests_are_held_against_what_was_read(
    tmp_path: Path, name: str, text: str, warnings: list[str]
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar({name: text.encode(), "a.jsonl": line(1) + line(2)}))
    first, last = read(path)
    assert first[1] == 2
    assert last[2][0] == ("not_article", f"a manifest of {2 if 'b.jsonl' in text else 1} files")
    assert len(last[0].warnings) == len(warnings)
    assert all(want in said for want, said in zip(warnings, last[0].warnings, strict=True))


def test_an_index_that_is_no_manifest_is_a_dump(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"index.json": b"[" + line(1).strip() + b"]", "contents.txt": STORY}))
    assert [articles for _, articles, _ in read(path)] == [1, 1]


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"\x1f\x9d\x90", "compress"), (b"\x04\x22\x4d\x18", "LZ4"), (b"LZIP\x01", "lzip")],
)
def test_what_cannot_be_unpacked_is_called_by_its_name(
    tmp_path: Path, start: bytes, what: str
) -> None:
    path = tmp_path / "a.packed"
    for seed in (0, 71, 79):  # behind compress's signature, the last two pass for text
        path.write_bytes(start + random.Random(seed).randbytes(500))
        [(_, _, [(reason, detail)])] = read(path)
        assert reason == "unsupported"
        assert what in detail


def test_random_bytes_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for seed in range(40):
        path.write_bytes(hashlib.shake_256(bytes([seed])).digest(20_000).replace(b"\0", b"x"))
        [(_, _, [(reason, _)])] = read(path)
        assert reason == "unsupported"


@pytest.mark.parametrize("damage", [b"\xfe\xff\xfea.txt", b"\x00b00.txt", b"c\xef00.txt"])
def test_a_member_whose_own_header_is_damaged_costs_no_neighbour(
    damage: bytes, tmp_path: Path
) -> None:
    data = zipped({"aa00.txt": STORY, "good.txt": STORY.replace(b"blue", b"green")})
    path = tmp_path / "a.zip"
    for where in ("local", "both"):
        local = data.replace(b"aa00.txt", damage[:8].ljust(8, b"x"), 1)
        # The flag that says that names are UTF-8, in the headers of the member.
        local = local[:6] + b"\x00\x08" + local[8:]
        path.write_bytes(local if where == "local" else local.replace(b"aa00.txt", b"\x00" * 8))
        found = read(path)
        assert len(found) == 2
        assert found[1][1:] == (1, [])
