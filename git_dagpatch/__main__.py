"""Run git dagpatch with ``python -m git_dagpatch``."""

from git_dagpatch.cli import main

if __name__ == "__main__":
    main()
