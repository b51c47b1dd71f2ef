"""The same task for many commits, in processes of its own where there are enough of them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from git_dagpatch.model.objects import Oid
from git_dagpatch.porcelain.collector import collect_seldom
from git_dagpatch.porcelain.formatters import configured, use
from git_dagpatch.store.protocol import Store

_WORTH_A_PROCESS = 20
"""Fewer commits than this are done before a process has started."""
_CHUNK = 8

R = TypeVar("R")

_store: Store | None = None


def each_commit(task: Callable[[Oid, Store], R], commits: Sequence[Oid], store: Store, jobs: int = 0) -> Iterator[R]:
    """What `task` gives for each commit, in order; it and its results have to be picklable.

    `jobs` is the number of processes, 0 for one a processor.
    """
    workers = jobs or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if workers == 1 or len(commits) < _WORTH_A_PROCESS:
        yield from (task(oid, store) for oid in commits)
        return
    with ProcessPoolExecutor(workers, initializer=_open, initargs=(pickle.dumps((store, configured())),)) as pool:
        yield from pool.map(partial(_run, task), commits, chunksize=_CHUNK)


def _open(place: bytes) -> None:
    global _store  # noqa: PLW0603 (a worker opens its repository once)
    collect_seldom()
    store, formatters = pickle.loads(place)
    _store = store
    use(formatters)


def _run(task: Callable[[Oid, Store], R], oid: Oid) -> R:
    assert _store is not None
    return task(oid, _store)
