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
_CHUNK = 16
"""Commits that a process does one after the other: they have much of their texts in common, which is read once."""

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
        for found in pool.map(partial(_run, task), _chunks(commits, workers)):
            yield from found


def _chunks(commits: Sequence[Oid], workers: int) -> Iterator[Sequence[Oid]]:
    """`commits` in parts that get smaller towards the end, so that no process waits long for another one."""
    at = 0
    while at < len(commits):
        size = max(1, min(_CHUNK, (len(commits) - at) // (2 * workers)))
        yield commits[at : at + size]
        at += size


def _open(place: bytes) -> None:
    global _store  # noqa: PLW0603 (a worker opens its repository once)
    collect_seldom()
    store, formatters = pickle.loads(place)
    _store = store
    use(formatters)


def _run(task: Callable[[Oid, Store], R], commits: Sequence[Oid]) -> list[R]:
    assert _store is not None
    return [task(oid, _store) for oid in commits]
