"""git dagpatch: commits as graphs of meaningful, provable operations."""

__version__ = "0.1.0"
