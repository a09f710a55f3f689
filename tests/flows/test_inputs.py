from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from flows import inputs


def put(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_folder_is_walked_in_a_fixed_order_without_hidden_and_unfinished_files(
    tmp_path: Path,
) -> None:
    wanted = [put(tmp_path / "a" / "2.txt"), put(tmp_path / "b.txt")]
    put(tmp_path / ".hidden.txt")
    put(tmp_path / "download.txt.part")
    put(tmp_path / ".git" / "config")
    assert inputs.expand([tmp_path]) == sorted(wanted)


def test_a_path_given_twice_is_read_once(tmp_path: Path) -> None:
    file = put(tmp_path / "a.txt")
    assert inputs.expand([file, tmp_path, str(file)]) == [file]


def test_a_glob_is_expanded(tmp_path: Path) -> None:
    file = put(tmp_path / "x" / "a.jsonl")
    put(tmp_path / "x" / "a.txt")
    assert inputs.expand([str(tmp_path / "**" / "*.jsonl")]) == [file]


@pytest.mark.parametrize(
    ("given", "said"),
    [("missing.txt", "does not exist"), ("*.nothing", "no file matches"), ("empty", "no file to")],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(inputs.InputError, match=said):
        inputs.expand([str(tmp_path / given)])


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(inputs.InputError, match="neither a file nor a folder"):
        inputs.expand([pipe])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    put(folder / "a.txt")
    folder.chmod(0)
    try:
        with pytest.raises(inputs.InputError, match="may not be read"):
            inputs.expand([folder])
    finally:
        folder.chmod(0o700)


def test_the_day_of_a_dump_is_the_last_one_in_its_path(tmp_path: Path) -> None:
    assert inputs.day_of(Path("/a/2023-01-01/wire_20240820.jsonl")) == date(2024, 8, 20)
    assert inputs.day_of(Path("/a/2024_02_30/2024-02-29.txt")) == date(2024, 2, 29)
    assert inputs.day_of(Path("/a/2024/08/20/wire.txt")) == date(2024, 8, 20)
    file = put(tmp_path / "wire.txt")
    os.utime(file, (86_400 * 365.25 * 30, 86_400 * 365.25 * 30))
    assert inputs.day_of(file) == date(2000, 1, 1)


def test_since_and_until_include_their_own_day() -> None:
    files = [Path(f"/d/2024-05-{day}/a.txt") for day in (13, 14, 15)]
    assert inputs.within(files, date(2024, 5, 14), date(2024, 5, 14)) == [files[1]]
    assert inputs.within(files, None, date(2024, 5, 14)) == files[:2]


def test_without_paths_the_inbox_and_without_an_inbox_the_samples() -> None:
    assert inputs.given_or_default([], Path("/inbox")) == [Path("/inbox")]
    assert inputs.given_or_default(None, None) == [inputs.SAMPLES]
    assert len(inputs.expand([inputs.SAMPLES])) >= 3


def test_a_given_name_that_is_no_utf8_is_said(tmp_path: Path) -> None:
    inputs.check_names([tmp_path / "ünï.txt"])
    with pytest.raises(inputs.InputError, match="no UTF-8"):
        inputs.check_names([tmp_path / "bad\udcff.txt"])


def test_lost_and_found_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir(mode=0o000)
    kept = put(tmp_path / "a.txt")
    assert inputs.expand([tmp_path]) == [kept]


def test_an_inbox_may_be_empty_but_a_folder_that_is_named_may_not(tmp_path: Path) -> None:
    assert inputs.expand([tmp_path], may_be_empty=True) == []
    with pytest.raises(inputs.InputError, match="holds no file"):
        inputs.expand([tmp_path])
    with pytest.raises(inputs.InputError, match="does not exist"):
        inputs.expand([tmp_path / "nowhere"], may_be_empty=True)
