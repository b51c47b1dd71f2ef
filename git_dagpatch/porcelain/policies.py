"""What a repository's .gitattributes say of merging single files: ``CHANGES dagpatch-policy=changelog``."""

from __future__ import annotations

import logging
from collections.abc import Callable

from git_dagpatch.model.paths import encode
from git_dagpatch.model.strategy import MARKER_SIZE, Policy
from git_dagpatch.store.protocol import Store

log = logging.getLogger(__name__)

ATTRIBUTE = "dagpatch-policy"


def policies_by_attributes(store: Store) -> Callable[[bytes], frozenset[Policy]]:
    """Path → policies. A name that there is not is passed over, as git does, and logged."""

    def of(path: bytes) -> frozenset[Policy]:
        names = [name.strip() for name in store.attribute(path, ATTRIBUTE).split(",") if name.strip()]
        for name in names:
            if name not in ("all", *Policy):
                log.warning("%s: there is no policy %s, which .gitattributes names", encode(path), name)
        if "all" in names:
            return frozenset(Policy)
        return frozenset(policy for policy in Policy if policy in names)

    return of


def marker_size(store: Store) -> Callable[[bytes], int]:
    """Path → characters of a conflict marker, as git counts them."""

    def of(path: bytes) -> int:
        said = store.attribute(path, "conflict-marker-size")
        return int(said) if said.isdecimal() and int(said) > 0 else MARKER_SIZE

    return of
