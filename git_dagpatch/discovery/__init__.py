"""Finding operations: one question a file. Imports no repository, proves what it claims."""
