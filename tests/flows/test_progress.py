"""Progress artifacts, above all where the server does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import progress, server
from tests.server import free_port


class Told:
    """What a server is told, in place of the server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[tuple[float, str]] = []
        self.keys: list[str] = []
        monkeypatch.setattr(server, "create_artifact", self.create)
        monkeypatch.setattr(server, "update_artifact", self.update)

    def create(self, kind: str, key: str, data: float, description: str) -> UUID:
        assert kind == "progress"
        self.keys.append(key)
        self.said.append((data, description))
        return uuid4()

    def update(self, artifact_id: UUID, data: float, description: str) -> None:
        self.said.append((data, description))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """A clock that the test sets."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    yield now


def test_a_stage_says_its_night_how_far_how_fast_and_how_long_still(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    told = Told(monkeypatch)
    artifact = progress.Artifact("nightly 2024-05-14")
    artifact.begin("extract", 1_000, "articles")
    clock[0] += 10
    artifact.advance(250)
    clock[0] += 30
    artifact.advance(750)
    artifact.end()
    assert told.keys == ["nightly-extract"]
    assert [percent for percent, _ in told.said] == [0, 25, 100, 100]
    sentences = [sentence for _, sentence in told.said]
    assert sentences[1] == (
        "nightly 2024-05-14, extract: 250 of 1,000 articles (25 %), 25.0 articles/s, 30 s left"
    )
    assert sentences[-1].endswith("1,000 of 1,000 articles (100 %), 25.0 articles/s, took 40 s")


def test_updates_are_two_seconds_apart_but_the_last_one_is_always_sent(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    told = Told(monkeypatch)
    artifact = progress.Artifact("n")
    artifact.begin("read", 100, "files")
    for _ in range(100):
        clock[0] += 0.1
        artifact.advance(1)
    artifact.end()
    assert 5 <= len(told.said) <= 7
    assert told.said[-1][0] == 100


def test_a_failed_update_is_said_once_and_not_tried_again_for_a_minute(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[float] = []

    def fails(*_: Any) -> UUID:
        tried.append(clock[0])
        raise ConnectionError("gone")

    monkeypatch.setattr(server, "create_artifact", fails)
    artifact = progress.Artifact("n")
    artifact.begin("read", 1_000, "files")
    for _ in range(50):
        clock[0] += 1
        artifact.advance(1)
    artifact.end()
    artifact.begin("deduplicate", None, "")
    assert tried == [100]
    assert caplog.text.count("gone") == 1
    told = Told(monkeypatch)  # it is back
    clock[0] += 11
    artifact.begin("extract", 10, "articles")
    assert told.keys == ["nightly-extract"]


@pytest.mark.parametrize("listens", [True, False])
def test_a_server_that_does_not_answer_costs_one_wait(
    listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1] if listens else free_port()
        if listens:
            silent.listen()
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{port}/api"}):
            artifact = progress.for_server("nightly 2024-05-14")
            assert isinstance(artifact, progress.Artifact)
            begun = time.monotonic()
            for stage in ("read", "extract"):
                artifact.begin(stage, 10, "files")
                for _ in range(10):
                    artifact.advance(1)
                artifact.end()
            assert time.monotonic() - begun < 2


def test_without_a_server_nothing_is_told() -> None:
    with temporary_settings({PREFECT_API_URL: None}):
        assert isinstance(progress.for_server("n"), progress.Silent)
