"""The verbs: the engine tied to a repository. Options in, values out; no terminal, no configuration."""
