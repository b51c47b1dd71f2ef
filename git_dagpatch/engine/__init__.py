"""Trees in, values out: factoring, executing and planning, without a repository."""
