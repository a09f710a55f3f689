"""The language of an article: what its record states, held against its text.

Detection is py3langid's naive Bayes over byte n-grams (Lui & Baldwin 2012, "langid.py"), limited
to the languages of ISO 639-1 that are written today. Its model comes inside the package.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

SAMPLE_CHARS = 300
_ENOUGH_BYTES = 40
_SURE = 0.5
_SURE_AGAINST_STATED = 0.95
_MUCH_TEXT = 200
_NOT_WRITTEN_TODAY = frozenset({"la", "vo", "eo", "sa", "oc", "an", "wa", "io"})
_ENGLISH_TEXT = (
    "the and that with from said which were been their would have has this it his her are not who"
    " after they about by as at be but will more than when into over"
)
_ENGLISH = frozenset(_ENGLISH_TEXT.split())
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = {c: chr(c) if chr(c).isalpha() else " " for c in range(128)}
"""Makes every ASCII character that is no letter a blank."""
_ENGLISH_SHARE = 0.12
_ENGLISH_WORDS = 4
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8}){0,3}")


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = {str(label) for label in identifier.nb_classes}
    identifier.set_languages(
        sorted(label for label in known if len(label) == 2 and label not in _NOT_WRITTEN_TODAY)
    )
    return identifier


@cache
def stated(text: str | None) -> str | None:
    """Return the ISO 639-1 code of a language as exporters write it, None where it is none.

    `en-US`, `EN`, `eng`, `English` and `English; Spanish` are all `en`. A language without a code
    of two letters keeps its code of three (ISO 639-3).
    """
    if not text:
        return None
    import pycountry

    first = re.split(r"[;,/|]", text.strip(), maxsplit=1)[0].strip()
    tag = _TAG.fullmatch(first)
    found = None
    if tag and len(tag[1]) == 2:
        found = pycountry.languages.get(alpha_2=tag[1].lower())
    elif tag and len(tag[1]) == 3:
        code = tag[1].lower()
        found = pycountry.languages.get(alpha_3=code) or pycountry.languages.get(bibliographic=code)
    elif first:
        found = pycountry.languages.get(name=first.title())
    if found is None:
        return None
    code = getattr(found, "alpha_2", None) or found.alpha_3
    return str(code)


def detect(text: str) -> tuple[str, float] | None:
    """Return the language that the beginning of `text` is in and how probable that is (0 to 1).

    None where there is little text (fewer than 40 Latin letters, or 14 of East Asian scripts), or
    where no language is more likely than not.
    """
    sample = text[:SAMPLE_CHARS]
    if _is_english(sample):
        return "en", 1.0
    if len("".join(filter(str.isalpha, sample)).encode()) < _ENOUGH_BYTES:
        return None
    # Headlines in capitals look like no language that the model was trained on.
    code, probability = _identifier().classify(sample.lower())
    return (str(code), float(probability)) if probability > _SURE else None


def _is_english(sample: str) -> bool:
    """Say whether function words alone leave no doubt: most dumps' articles need no model.

    The words are those of English that its neighbours do not share (`of`, `in` and `was` are
    Dutch, too).
    """
    lower = sample.lower()
    words = lower.translate(_LETTERS).split() if lower.isascii() else _WORD.findall(lower)
    found = [word for word in words if word in _ENGLISH]
    return len(set(found)) >= _ENGLISH_WORDS and len(found) >= _ENGLISH_SHARE * len(words)


def language_of(stated_as: str | None, text: str) -> str | None:
    """Return an article's language: as stated, else as detected, else None.

    A page that says "en" because its publisher's template does, over a text that is certainly in
    another language, is not believed.
    """
    said = stated(stated_as)
    found = detect(text)
    if found is None:
        return said
    code, probability = found
    if said is None or said == code:
        return code
    sure = probability >= _SURE_AGAINST_STATED and len(text) >= _MUCH_TEXT
    return code if sure and len(said) == 2 else said
