"""Work done in a supervised child process: it may crash, hang or take all memory, and the run
goes on.

A child runs one call at a time and stays for the next, so that a model is loaded once. It is a
plain `subprocess` and no `multiprocessing` pool: a pool loses every task when one process dies,
runs the main module of whoever calls the flow anew, and cannot be had inside Dask's workers. A
child ends when its parent does, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

GIB = 1024**3

IDLE_SECONDS = 600
"""A child that nobody has called for so long ends; what it has loaded takes memory."""

START_SECONDS = 120.0
"""What a child may take to start and to load what it works with, on a slow disk."""

LOOK_SECONDS = 0.2
"""How often one who waits for a child looks whether the run is being stopped."""

DYING_SECONDS = 5.0
"""A process that has let go of its pipe is dying; it may take so long."""

CPU_SLACK = 4
"""A child may take so many times its allowance as CPU time: the kernel ends one that hangs after
its parent was killed."""


class EndedError(RuntimeError):
    """A child ended, or was ended, before it had an answer; the message says how."""


class StoppedError(RuntimeError):
    """The run is being stopped."""


@dataclass(frozen=True)
class Limits:
    """What one call may take: wall-clock `seconds` and `memory` in GiB. 0: as much as it likes."""

    seconds: float = 0.0
    memory: float = 0.0


class Child:
    """A child process, started at once."""

    def __init__(self) -> None:
        self._channel, theirs = Pipe()
        root = str(Path(__file__).resolve().parents[1])
        code = f"import sys; sys.path.insert(0, {root!r}); from flows import child; child.serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=2,  # standard output belongs to the command line's answer
        )
        theirs.close()
        self._begun = 0

    def begin(self, function: Callable[..., Any], *arguments: Any, limits: Limits) -> None:
        """Have the child call a function without waiting for it; what it returns or raises is of
        no interest."""
        with contextlib.suppress(OSError):  # who calls it next will see that it has ended
            self._channel.send((function, arguments, limits))
            self._begun += 1

    def call(self, function: Callable[..., Any], *arguments: Any, limits: Limits) -> Any:
        """Return what the module-level `function` returns in the child, or raise what it raises.

        Raises `EndedError` where the child crashed or went beyond `limits`: it is gone then.
        Raises `StoppedError` when `stop` is called meanwhile.
        """
        try:
            while self._begun:
                self._answer(START_SECONDS)
                self._begun -= 1
            self._channel.send((function, arguments, limits))
            answered, answer = self._answer(limits.seconds)
        except (EOFError, ConnectionError) as error:
            self.close(DYING_SECONDS)
            if _stopping.is_set():
                raise StoppedError("the run is being stopped") from error
            raise EndedError(_how(self._process.returncode)) from error
        except BaseException:  # it is at work on a call that nobody waits for
            self.close()
            raise
        if not answered:
            raise answer
        return answer

    def _answer(self, seconds: float) -> tuple[bool, Any]:
        """Wait for an answer, at most so many seconds (0: as long as it takes)."""
        deadline = time.monotonic() + seconds if seconds else None
        while not self._channel.poll(LOOK_SECONDS):
            if _stopping.is_set():
                raise StoppedError("the run is being stopped")
            if deadline is not None and time.monotonic() > deadline:
                raise EndedError(f"took more than {seconds:,.0f} s")
        answer: tuple[bool, Any] = self._channel.recv()
        return answer

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process; a call that is waiting for it, in another thread, ends as well."""
        self._process.kill()

    def close(self, grace: float = 0.0) -> None:
        """End the process, unless it ends by itself in `grace` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        self._channel.close()
        self.kill()
        self._process.wait()


def _how(code: int) -> str:
    """Say how a process ended by its return code."""
    if code >= 0:
        return f"the process ended with exit code {code}"
    name = signal.Signals(-code).name
    more = {
        signal.SIGKILL: ", perhaps for want of memory",
        signal.SIGXCPU: ", after too much CPU time",
    }.get(signal.Signals(-code), "")
    return f"crashed the process ({name}{more})"


_idle: list[Child] = []
_all: set[Child] = set()
_lock = threading.Lock()
_stopping = threading.Event()


@contextlib.contextmanager
def _borrowed() -> Iterator[Child]:
    """Give an idle child, or a new one where none is; it is idle again after the block."""
    with _lock:
        child = next((_idle.pop() for _ in list(_idle) if _idle[-1].alive or _forget()), None)
        if child is None:
            child = Child()
            _all.add(child)
    try:
        yield child
    finally:
        with _lock:
            if child.alive:
                _idle.append(child)
            else:
                _all.discard(child)


def _forget() -> bool:
    """Let go of the last idle child, which has ended."""
    child = _idle.pop()
    _all.discard(child)
    child.close()
    return False


def call(
    function: Callable[..., Any],
    *arguments: Any,
    limits: Limits | None,
    first: tuple[Any, ...] | None = None,
) -> Any:
    """Call a module-level function in a child, as `Child.call` does; without `limits`, here.

    `first` is a function and its arguments that load what the work needs; that does not count in
    the seconds of `limits`. As many children run as there are threads that call at the same time.
    """
    if _stopping.is_set():
        raise StoppedError("the run is being stopped")
    if limits is None:
        return function(*arguments)
    with _borrowed() as child:
        if first is not None:
            child.call(*first, limits=Limits(START_SECONDS, limits.memory))
        return child.call(function, *arguments, limits=limits)


def warm(count: int, function: Callable[..., Any], *arguments: Any, memory: float = 0.0) -> None:
    """See to it that `count` children are there, each of which has called a function or is at it.

    For what takes long to load, while there is nothing yet to be done. `memory` is that of
    `Limits`.
    """
    with _lock:
        for _ in range(count - len(_all)):
            child = Child()
            child.begin(function, *arguments, limits=Limits(START_SECONDS, memory))
            _all.add(child)
            _idle.append(child)


@contextlib.contextmanager
def children() -> Iterator[None]:
    """End all children at the end of the block; where it is left by an error, first what they do.

    Whoever waits for one gets `StoppedError` then.
    """
    _stopping.clear()
    try:
        yield
    except BaseException:
        _stopping.set()
        raise
    finally:
        close()


def close() -> None:
    """End the children that are idle, and when the run is being stopped those at work too."""
    with _lock:
        idle = list(_idle)
        _idle.clear()
        _all.difference_update(idle)
        working = list(_all) if _stopping.is_set() else []
    for child in working:
        child.kill()  # who waits for it closes it
    for child in idle:
        child.close()


atexit.register(close)


def serve() -> None:
    """Answer the calls of the parent, whose end of the pipe is open; the child's main function."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C goes to the whole group; the parent decides
    channel = Connection(int(sys.argv[1]))
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, calls), daemon=True).start()
    while True:
        try:
            function, arguments, limits = calls.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return
        _limit(limits)
        try:
            answer = (True, function(*arguments))
        except Exception as error:
            answer = (False, _portable(error))
        channel.send(answer)


def _portable(error: Exception) -> Exception:
    """Return an error that can be pickled, with the traceback that pickling would lose."""
    trace = "".join(traceback.format_exception(error))
    try:
        error = pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class does not allow
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(trace)
    return error


def _listen(channel: Connection, calls: queue.SimpleQueue[Any]) -> None:
    """Pass calls on; end the process when the parent is gone, whatever it is doing."""
    while True:
        try:
            calls.put(channel.recv())
        except (EOFError, OSError):
            os._exit(1)


def _limit(limits: Limits) -> None:
    """Have the kernel enforce the limits on memory and CPU time, in place of an earlier call's."""
    if sys.platform == "linux":
        _soften(resource.RLIMIT_DATA, int(limits.memory * GIB))
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + CPU_SLACK * limits.seconds) + 1
    _soften(resource.RLIMIT_CPU, allowed if limits.seconds else 0)


def _soften(what: int, wanted: int) -> None:
    """Set a soft limit, as far as the hard one goes; 0: only the hard one holds."""
    _, most = resource.getrlimit(what)
    if not wanted:
        wanted = most
    elif most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    resource.setrlimit(what, (wanted, most))
