"""A Prefect server as a child of this process, which ends when this process is gone.

Prefect's own private server is an ordinary child: killed without warning (`kill -9`, out of
memory), a run leaves it behind. This one reads a pipe that only its parent holds; when the parent
is gone, however it went, the pipe ends and so does the server.

`python -m flows.own_server PORT` is that child.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows import tracking

HOST = "127.0.0.1"
START_SECONDS = 120
STOP_SECONDS = 10


class ServerError(RuntimeError):
    """The server could not be started; the message says why."""


def prefect_home() -> Path:
    """Return the folder of Prefect's database and files, without importing Prefect."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def port() -> int:
    """Return the port on which `newsmill serve` has its server, as Prefect's own setting says."""
    return int(os.environ.get("PREFECT_SERVER_API_PORT") or 4200)


class OwnServer:
    """A server on a port of this machine. Start it, `wait_until_ready`, and `stop` it."""

    def __init__(self, port: int, *, is_private: bool = False) -> None:
        self.port = port
        self.address = f"http://{HOST}:{port}"
        self.api_url = f"{self.address}/api"
        self.is_private = is_private
        home = prefect_home()
        home.mkdir(parents=True, exist_ok=True)  # the server makes only the last folder of it
        self.log = home / f"newsmill-server-{'private' if is_private else port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child. It has its own session, so that Ctrl-C reaches only its parent."""
        more = {
            tracking.API_URL: self.api_url,
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT__SERVER_FINAL": "1",
        }
        if self.is_private:
            more |= {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_SERVER_UI_ENABLED": "0"}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flows.own_server", str(self.port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | more,
                start_new_session=True,
            )

    def is_alive(self) -> bool:
        """Whether the child still runs."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Return when the server answers. Raises `ServerError` when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not tracking.answers(self.api_url):
            if not self.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise ServerError(
                    f"the Prefect server on port {self.port} did not start: {self._last_words()}"
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """End the child and wait for that."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if "rror" in line), "no reason given")
        return f"{said} (all of it: {self.log})"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


_private: OwnServer | None = None


@contextmanager
def private() -> Iterator[None]:
    """Let what runs inside the block report to a server of this process alone.

    It is started once a process, and ends with it.
    """
    global _private
    if _private is None or not _private.is_alive():
        _private = OwnServer(free_port(), is_private=True)
        _private.start()
        atexit.register(_private.stop)
    from prefect.settings import PREFECT_API_URL, temporary_settings

    _private.wait_until_ready()
    with temporary_settings({PREFECT_API_URL: _private.api_url}):
        yield


def _end_with_parent() -> None:
    """Wait for the end of the pipe on standard input, then end this process."""
    import signal

    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


def main(port: int) -> None:
    """Run the server in this process until it is told to end or its parent is gone."""
    import uvicorn

    threading.Thread(target=_end_with_parent, daemon=True).start()
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host=HOST,
        port=port,
        log_level="warning",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
