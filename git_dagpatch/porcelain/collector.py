"""How often Python looks for garbage in cycles."""

from __future__ import annotations

import gc

_THRESHOLDS = (500_000, 10, 50)
"""New objects before a look at the young ones, looks at these before one at the older, and at those before one at all.

With Python's own, a third of the time of a large commit goes into walks over syntax trees, which have no cycles.
"""


def collect_seldom() -> None:
    """Have this process look less often; what has no cycles is freed at once all the same."""
    gc.set_threshold(*_THRESHOLDS)


def collect_no_more() -> None:
    """Leave all that there is to the end of this process, which is near: to look at it once more frees nothing."""
    gc.freeze()
