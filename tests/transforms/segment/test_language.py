"""The language of an article: stated, detected, or both at odds."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from transforms.segment.language import _is_english, detect, language_of, stated

ENGLISH = (
    "The harbour bridge at Port Ellery opened on Monday after two years of work, and the mayor "
    "said that the ferry would stop running in the spring. Fishermen had asked for the ferry to "
    "stay until the last boats had moved to the new quay."
)
GERMAN = (
    "Die Hafenbrücke wurde am Montag nach zwei Jahren Bauzeit eröffnet, und die Bürgermeisterin "
    "sagte, dass die Fähre im Frühling eingestellt werde. Die Fischer hatten darum gebeten, dass "
    "die Fähre bleibt, bis die letzten Boote umgezogen sind, und wollen nun klagen."
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"), ("EN-us", "en"), ("eng", "en"), ("English", "en"), ("ger", "de"),
        ("Spanish; Castilian", "es"), ("pt_BR", "pt"), ("zulu", "zu"), ("haw", "haw"),
        ("", None), (None, None), ("unknown", None), ("xx", None), ("en fr", None),
    ],
)  # fmt: skip
def test_languages_as_exporters_write_them(text: str | None, code: str | None) -> None:
    assert stated(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        (ENGLISH.upper(), "en"),
        (GERMAN, "de"),
        ("Le pont du port a été inauguré lundi par la mairesse après deux ans de travaux.", "fr"),
        ("El puente del puerto se inauguró el lunes tras dos años de obras.", "es"),
        ("Мост в порту открыли в понедельник после двух лет строительства, сказала мэр.", "ru"),
        ("港の橋は二年間の工事を終えて月曜日に開通したと市長が述べた。漁師は船を求めた。", "ja"),
    ],
)  # fmt: skip
def test_languages_are_detected(text: str, code: str) -> None:
    found = detect(text)
    assert found is not None
    assert found[0] == code


def test_too_little_text_has_no_language() -> None:
    assert detect("Net 4,036 vs 1,311 | 12.5") is None
    assert language_of(None, "Bridge opens") is None


def test_a_template_that_says_english_is_not_believed() -> None:
    assert language_of("en-US", GERMAN) == "de"
    assert language_of("en-US", ENGLISH) == "en"
    assert language_of("en", GERMAN[:80]) == "en"  # too little to contradict
    assert language_of(None, GERMAN) == "de"
    assert language_of("haw", ENGLISH) == "haw"


def test_function_words_tell_english_from_every_other_language() -> None:
    """Sentences that spaCy ships as examples, in all of its languages."""
    import spacy.lang

    seen = 0
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        try:
            examples = importlib.import_module(f"spacy.lang.{module.name}.examples").sentences
        except ImportError:
            continue
        for at in range(len(examples)):
            text = " ".join(examples[at : at + 3])
            if module.name not in ("en", "xx"):
                assert not _is_english(text[:300]), (module.name, text)
                seen += 1
    assert seen > 400
    assert _is_english(ENGLISH)
    assert not _is_english(GERMAN)
