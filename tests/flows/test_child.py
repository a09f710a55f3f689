"""Child processes that work, fail, crash, hang, take too much, and are stopped."""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flows import child
from flows.child import Child, EndedError, Limits, StoppedError
from tests.conftest import REPOSITORY

NO_LIMITS = Limits()


@pytest.fixture(autouse=True)
def _no_child_stays() -> Iterator[None]:
    with child.children():
        yield


def pid() -> int:
    return os.getpid()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def note(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()


def nap() -> int:
    time.sleep(0.5)
    return os.getpid()


def fail() -> None:
    raise ValueError("no such model")


def allowed() -> tuple[int, int]:
    limits = (resource.RLIMIT_DATA, resource.RLIMIT_CPU)
    memory, seconds = (resource.getrlimit(each)[0] for each in limits)
    return memory, seconds


def hoard(gib: int) -> int:
    return len(bytearray(gib * 1024**3))


def refuse() -> None:
    raise FileNotFoundError(2, "No such file", "dump.txt")


class _AwkwardError(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def refuse_awkwardly() -> None:
    raise _AwkwardError("one", "two")


def shout() -> None:
    print("this is no answer")


def test_a_child_stays_for_the_next_call() -> None:
    first = child.call(pid, limits=NO_LIMITS)
    assert first != os.getpid()
    assert child.call(pid, limits=NO_LIMITS) == first
    assert child.call(pid, limits=None) == os.getpid()


def test_children_that_load_beforehand_do_the_first_calls(tmp_path: Path) -> None:
    child.warm(2, note, str(tmp_path))
    child.warm(1, note, str(tmp_path))  # they are there
    first = child.call(pid, limits=NO_LIMITS)
    assert first != os.getpid()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(child.call, nap, limits=NO_LIMITS) for _ in range(2)]
        assert len({each.result() for each in asked}) == 2
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("function", [crash, fail])
def test_what_fails_while_loading_beforehand_is_seen_when_it_is_needed(function: Any) -> None:
    child.warm(1, function)
    try:
        child.call(pid, limits=NO_LIMITS)
    except EndedError as error:
        assert function is crash and "SIGSEGV" in str(error)
    assert child.call(pid, limits=NO_LIMITS) != os.getpid()


def test_threads_have_a_child_each() -> None:
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda: found.append(child.call(_slow_pid, limits=NO_LIMITS)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 3


def _slow_pid() -> int:
    time.sleep(2)
    return os.getpid()


def test_an_error_comes_back_as_what_it_is_with_where_it_was() -> None:
    with pytest.raises(FileNotFoundError, match="No such file") as caught:
        child.call(refuse, limits=NO_LIMITS)
    assert caught.value.filename == "dump.txt"
    assert "in refuse" in "".join(caught.value.__notes__)


def test_an_error_that_cannot_travel_comes_as_its_words() -> None:
    with pytest.raises(RuntimeError, match="_AwkwardError: onetwo"):
        child.call(refuse_awkwardly, limits=NO_LIMITS)


def test_a_crash_is_told_and_the_next_call_has_a_new_child() -> None:
    first = child.call(pid, limits=NO_LIMITS)
    with pytest.raises(EndedError, match="SIGSEGV"):
        child.call(crash, limits=NO_LIMITS)
    assert child.call(pid, limits=NO_LIMITS) != first


def test_a_child_that_was_killed_while_idle_is_replaced() -> None:
    first = child.call(pid, limits=NO_LIMITS)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.3)
    assert child.call(pid, limits=NO_LIMITS) != first


def test_what_takes_too_long_is_ended() -> None:
    mine = child.call(pid, limits=NO_LIMITS)
    with pytest.raises(EndedError, match="took more than 1 s"):
        child.call(time.sleep, 60, limits=Limits(seconds=1))
    assert not _alive(mine)


def test_loading_does_not_count_as_work() -> None:
    assert child.call(pid, limits=Limits(seconds=1), first=(time.sleep, 2))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel limits memory on Linux only")
def test_a_call_without_limits_has_none_left_of_the_one_before() -> None:
    before = child.call(allowed, limits=NO_LIMITS)
    some = child.call(allowed, limits=Limits(seconds=100, memory=3))
    assert some[0] == 3 * 1024**3 and 400 <= some[1] < 500
    assert child.call(allowed, limits=NO_LIMITS) == before


def test_what_takes_too_much_memory_fails() -> None:
    with pytest.raises(MemoryError):
        child.call(hoard, 2, limits=Limits(memory=1))
    assert child.call(hoard, 1, limits=Limits(memory=2)) == 1024**3


def test_standard_output_is_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    child.call(shout, limits=NO_LIMITS)
    child.close()
    assert capfd.readouterr().out == ""


def test_a_run_that_is_stopped_waits_for_nobody() -> None:
    stopped: list[BaseException] = []

    def work() -> None:
        try:
            child.call(time.sleep, 60, limits=NO_LIMITS)
        except StoppedError as error:
            stopped.append(error)

    thread = threading.Thread(target=work)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), child.children():
        thread.start()
        time.sleep(1)
        raise KeyboardInterrupt
    thread.join(10)
    assert stopped
    assert time.monotonic() - begun < 30
    with pytest.raises(StoppedError):
        child.call(pid, limits=NO_LIMITS)
    with child.children():
        assert child.call(pid, limits=NO_LIMITS)


def test_an_interrupted_call_leaves_no_child_at_work() -> None:
    working = Child()
    process = working._process.pid

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupted)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            working.call(time.sleep, 60, limits=NO_LIMITS)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not _alive(process)


@pytest.mark.parametrize("work", ["time.sleep, 600", "tests.flows.test_child.count_for_ever"])
def test_children_end_when_their_parent_is_killed(work: str) -> None:
    code = (
        "import time, threading, tests.flows.test_child\n"
        "from flows import child\n"
        "print(child.call(tests.flows.test_child.pid, limits=child.Limits()), flush=True)\n"
        f"child.call({work}, limits=child.Limits(seconds=300))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert parent.stdout
    process = int(parent.stdout.readline())
    time.sleep(0.5)
    assert _alive(process)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while _alive(process):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.1)


def count_for_ever() -> None:
    for number in iter(int, 1):
        math.sqrt(number)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
