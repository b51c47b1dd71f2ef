"""merge-file: one file merged three ways, for git as a merge driver or for a person."""

from __future__ import annotations

import logging
from pathlib import Path

from git_dagpatch.languages.plain import is_text
from git_dagpatch.merging.dispute import Texts
from git_dagpatch.merging.strategies import Merged, merge_texts
from git_dagpatch.merging.veto import with_veto
from git_dagpatch.model.errors import Refused
from git_dagpatch.model.strategy import MergeOptions

log = logging.getLogger(__name__)


def merge_file(base: Path, ours: Path, theirs: Path, path: bytes, options: MergeOptions) -> Merged:
    """The merge of three files; `path` tells their language. Raises Refused for what is not text.

    What would be there twice, such as a key that both sides added in two places, is a conflict. Where anything but the
    merge by lines fails, that is what comes out.
    """
    versions = Texts(base.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    if not all(map(is_text, versions)):
        raise Refused("A file with NUL bytes cannot be merged.", hint="Take one side or the other.")

    def merged(*, certain: bool) -> Merged:
        return merge_texts(
            *versions,
            strategy=options.strategy,
            style=options.style,
            labels=options.labels,
            path=path,
            certain=certain,
            policies=options.policies if certain else (),
            marker_size=options.marker_size(path),
        )

    try:
        return with_veto(merged(certain=True), path, versions, options)
    except Exception:
        # Whoever merges a branch of many files is helped more by git's own result than by an error in one of them.
        log.exception("merging by lines alone")
        return merged(certain=False)
