"""The lexicon's file formats: what patterns mean, user files, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.extract import lexicon
from transforms.extract.lexicon.forms import inflections


def test_the_lexicon_is_large_and_sorted_by_specificity() -> None:
    loaded = lexicon.load()
    assert sum(map(len, loaded.verbs.values())) > 3000
    assert sum(map(len, loaded.nouns.values())) > 1000
    for entries in loaded.verbs.values():
        asked = [entry.specificity for entry in entries]
        assert asked == sorted(asked, reverse=True)


def test_pattern_parts() -> None:
    entry = next(e for e in lexicon.load().verbs["crack"] if e.pattern.startswith("crack down on"))
    assert [kind for kind, _ in entry.parts] == ["word", "word"]
    entry = next(e for e in lexicon.load().verbs["lay"] if e.pattern == "lay {siege} to")
    assert [kind for kind, _ in entry.parts] == ["object", "word"]


def test_user_files_win_over_ours(tmp_path: Path) -> None:
    own = tmp_path / "verbs-mine.tsv"
    own.write_text("# mine\nACCUSE\tdisapprove\t111\t.9\ts>o\tattack\n", encoding="utf-8")
    entries = lexicon.load((own,)).verbs["attack"]
    plain = [entry for entry in entries if entry.pattern == "attack"]
    assert plain[0].event_type == "ACCUSE"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("verbs.tsv", "ASSAULT\t\t190\tmuch\ts>o\tattack"),
        ("verbs.tsv", "ASSAULT\t\t190"),
        ("nouns.tsv", "ASSAULT\t\t190\t.9\tof=o\tattack [mod=@nothing]"),
        ("words.tsv", "ASSAULT"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, name: str, line: str) -> None:
    own = tmp_path / name
    own.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(lexicon.LexiconError, match=name):
        lexicon.load((own,))


@pytest.mark.parametrize(
    ("word", "form"),
    [("stop", "stopped"), ("deny", "denied"), ("tie", "tying"), ("raze", "razing"),
     ("gunman", "gunmen"), ("clash", "clashes"), ("stage", "staged")],
)  # fmt: skip
def test_inflections(word: str, form: str) -> None:
    assert form in inflections(word)
