"""The ontology's tables hold together, and carry what the warehouse needs."""

from __future__ import annotations

import pytest

from transforms.extract import lexicon, ontology
from transforms.schemas import PLOVER_TYPES


def test_all_plover_types_come_first_and_have_descriptions() -> None:
    frame = ontology.event_types()
    types = frame["event_type"].unique(maintain_order=True).to_list()
    assert set(types[: len(PLOVER_TYPES)]) == set(PLOVER_TYPES)
    assert frame["description"].str.len_chars().min() >= 10


def test_quad_class_and_goldstein_are_of_plover_types_only() -> None:
    for row in ontology.event_types().iter_rows(named=True):
        if row["origin"] == "PLOVER":
            assert row["quad_class"] in (1, 2, 3, 4)
            assert -10 <= row["goldstein"] <= 10
            assert row["cameo_code"] in ontology.cameo()
        else:
            assert row["quad_class"] == 0


def test_every_mode_belongs_to_a_type() -> None:
    kinds = ontology.table()
    assert all((event_type, None) in kinds for event_type, _ in kinds)


def test_lookup_falls_back_to_the_type_and_refuses_unknown_types() -> None:
    assert ontology.lookup("AID", "nonsense").event_mode is None
    assert ontology.lookup("ASSAULT", "explosives").cameo_code == "183"
    with pytest.raises(KeyError):
        ontology.lookup("NONSENSE", None)


def test_cameo_scores_decide_over_the_type() -> None:
    assert ontology.goldstein("SUPPORT", None, "057") == pytest.approx(8.0)
    assert ontology.goldstein("SUPPORT", None, None) == pytest.approx(3.5)
    assert ontology.goldstein("DISASTER", "flood", None) is None


def test_there_are_plovers_37_contexts_with_terms() -> None:
    contexts = ontology.contexts()
    assert len(contexts) == 37
    assert all(terms for _, terms in contexts)


def test_every_entry_of_the_lexicon_names_a_known_type_mode_and_code() -> None:
    kinds = ontology.table()
    loaded = lexicon.load()
    for entries in (*loaded.verbs.values(), *loaded.nouns.values()):
        for entry in entries:
            assert (entry.event_type, entry.event_mode) in kinds, entry.pattern
            assert entry.cameo_code is None or entry.cameo_code in ontology.cameo(), entry.pattern
            assert 0 < entry.weight <= 1


def test_version_is_stable_within_a_process() -> None:
    assert ontology.version() == ontology.version()
    assert len(ontology.version()) == 12
