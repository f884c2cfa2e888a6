"""Run nlbcheck as ``python -m nlbcheck``."""

from nlbcheck.cli import main

if __name__ == "__main__":
    main()
