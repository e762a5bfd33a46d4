"""`python -m storegraph.cli` is the `storegraph` command."""

from . import main

if __name__ == "__main__":
    main()
