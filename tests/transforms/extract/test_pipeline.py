"""The model is loaded once, and its absence is explained."""

from __future__ import annotations

import pytest

from transforms.extract import pipeline


def test_the_model_is_loaded_once() -> None:
    assert pipeline.load() is pipeline.load()


def test_a_missing_model_says_how_to_install_it() -> None:
    with pytest.raises(pipeline.MissingModelError, match="pip install no-such-model"):
        pipeline.load("no_such_model")


def test_a_model_is_required_without_loading_it() -> None:
    pipeline.require()
    with pytest.raises(pipeline.MissingModelError, match="xx_none"):
        pipeline.require("xx_none")
