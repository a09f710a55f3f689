"""Where reading and coding are done: the setting `executor`.

`threads`: in threads of the run's own process, one model, one core's worth of work; what crashes
there crashes the run. `processes`: in `workers` supervised child processes. `dask`: on a Dask
cluster of this machine; `dask:ADDRESS`: on one that runs already, such as `dask:tcp://10.0.0.5:8786`,
whose workers have newsmill and see the dumps and the warehouse's folder under the same paths. Each
Dask worker supervises children of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from prefect.futures import as_completed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.child import Limits
from flows.settings import DASK, Settings

AHEAD = 4
"""So many calls a worker are handed out at a time: a long run holds no long queue."""


class ExecutorError(RuntimeError):
    """The executor cannot be had; the message says what to do."""


def limits(chosen: Settings) -> Limits | None:
    """Return what a batch may take, or `None` where work is not done in child processes."""
    if chosen.executor == "threads":
        return None
    return Limits(seconds=chosen.batch_seconds, memory=chosen.worker_memory)


@contextmanager
def runner(chosen: Settings) -> Iterator[tuple[TaskRunner[Any], int]]:
    """Give a started task runner, and how many calls it carries out at a time.

    Raises `ExecutorError` where Dask is not installed or the cluster does not answer.
    """
    kind, _, address = chosen.executor.partition(":")
    if kind != DASK:
        threads: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=chosen.workers)
        with threads:
            yield threads, chosen.workers
        return
    if find_spec("prefect_dask") is None:
        raise ExecutorError('Dask is not installed: pip install "newsmill[dask]"')
    from prefect_dask.task_runners import DaskTaskRunner

    if address:
        cluster = DaskTaskRunner(address=address)
    else:
        workers = {"n_workers": chosen.workers, "threads_per_worker": 1, "dashboard_address": ":0"}
        cluster = DaskTaskRunner(cluster_kwargs=workers)
    with cluster:
        try:
            cores: dict[str, int] = cluster.client.ncores()  # type: ignore[no-untyped-call]
        except OSError as error:
            raise ExecutorError(
                f"No Dask scheduler answers at {address}: start one (`dask scheduler`), or set "
                f"executor to processes. ({error})"
            ) from error
        yield cluster, max(sum(cores.values()), 1)


def fan_out(
    chosen: Settings, step: Any, calls: Sequence[tuple[Any, ...]]
) -> Iterator[dict[str, Any]]:
    """Run a task for every call on the executor, and yield the results as they come."""
    if not calls:
        return
    if chosen.executor.partition(":")[0] != DASK and (len(calls) == 1 or chosen.workers == 1):
        for call in calls:
            yield step(*call)
        return
    with runner(chosen) as (started, workers):
        waiting = iter(calls)

        def submit(count: int) -> set[Any]:
            names = step.fn.__code__.co_varnames
            return {
                started.submit(step, parameters=dict(zip(names, call, strict=False)))
                for call in itertools.islice(waiting, count)
            }

        under_way = submit(AHEAD * workers)
        while under_way:
            finished = next(iter(as_completed(list(under_way))))
            under_way.discard(finished)
            under_way |= submit(1)
            yield finished.result()
