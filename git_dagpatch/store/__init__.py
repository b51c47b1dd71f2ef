"""git: objects, refs, notes, journal, work tree."""
