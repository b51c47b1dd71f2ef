"""Patches of other programs: unified diffs and the mails of ``git format-patch``, read into DAG patches."""
