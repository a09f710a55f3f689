"""Fixtures that every test may use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import PASSWORD, Postgres, server

REPOSITORY = Path(__file__).resolve().parents[1]

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file's tests to one process (`-n 2`), in the order of the folders: what takes longest
    comes first, and servers and warehouses that a file's tests share are made once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let tests in parallel processes log names of files that are not UTF-8."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_sendable(key): _sendable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_sendable, value))
    return value


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of gold data and real dumps beside the checkout; skips where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "gold").is_dir():
        pytest.skip("no gold data beside this checkout")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server, whose password libpq takes from the environment."""
    with server() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", PASSWORD)
        yield running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def environment(prefect: Path, **more: str) -> dict[str, str]:
    """Return the environment of a run that takes no settings of whoever runs the tests."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("NEWSMILL_")}
    ours.pop("PREFECT_API_URL", None)
    # Work in the run's own process, which has loaded everything: children have their own tests.
    # Pages take seconds a run: tests of just these ask for them (`--brief`).
    quick = {"NEWSMILL_WORKERS": "1", "NEWSMILL_EXECUTOR": "threads", "NEWSMILL_BRIEF": "false"}
    return ours | {"PREFECT_HOME": str(prefect)} | quick | more


@pytest.fixture(scope="session")
def newsmill_anew(home: Path) -> Call:
    """Call the command line in a process of its own, in a folder with its own Prefect home.

    It takes seconds to start, and a run fifteen: for tests of just that.
    """

    def call(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=options.pop("cwd", home),
            env=environment(home / "prefect", **options.pop("environment", {})),
            timeout=280,
            check=False,
            **options,
        )

    return call


# Calls the command line for each line of standard input, as a new process would: with arguments,
# folder, environment and files as standard streams. Only what is loaded stays.
_SERVER = """
import io, json, os, sys, traceback
asked, told = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
from flows.cli import main
for line in asked:
    call = json.loads(line)
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(call["environment"])
    for number, name in enumerate(call["streams"]):
        file = os.open(name, os.O_RDWR)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.argv = ["newsmill", *call["arguments"]]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    print(code, file=told, flush=True)
"""


@pytest.fixture(scope="session")
def newsmill(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Call the command line in another process, in an empty folder; that process serves all calls,
    so only the first one waits for everything to be loaded."""
    streams = [tmp_path_factory.mktemp("streams") / name for name in ("in", "out", "error")]
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
        env=environment(home / "prefect"),
    )
    assert server.stdin and server.stdout

    def call(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        assert server.stdin and server.stdout
        for stream in streams:
            stream.write_text("")
        streams[0].write_text(options.pop("input", ""))
        asked = {
            "arguments": [str(argument) for argument in arguments],
            "cwd": str(options.pop("cwd", home)),
            "environment": environment(home / "prefect", **options.pop("environment", {})),
            "streams": [str(stream) for stream in streams],
        }
        assert not options
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        code = server.stdout.readline()
        output, errors = (stream.read_text() for stream in streams[1:])
        assert code, f"the process ended: {output}{errors}"
        return subprocess.CompletedProcess(asked["arguments"], int(code), output, errors)

    yield call
    server.stdin.close()
    try:
        server.wait(60)
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def samples(home: Path, newsmill_anew: Call) -> Path:
    """The warehouse of the sample dumps."""
    warehouse = home / "samples.duckdb"
    done = newsmill_anew("run", "--warehouse", warehouse, "--json", "--brief")
    assert done.returncode == 0, done.stderr
    (home / "first.json").write_text(done.stdout)
    return warehouse


@pytest.fixture(scope="session")
def first_run(home: Path, samples: Path) -> dict[str, Any]:
    """What the first run printed with `--json`."""
    record: dict[str, Any] = json.loads((home / "first.json").read_text())
    return record
