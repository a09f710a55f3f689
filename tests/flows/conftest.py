"""Fixtures for tests of flows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server, for all tests that need one; yields the environment that reaches it."""
    with running(tmp_path_factory.mktemp("server")) as environment:
        yield environment
