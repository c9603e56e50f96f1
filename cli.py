"""Runs the commands from a checkout: `python cli.py train …` is `tagger train …`."""

import sys

from tagger.cli import main

if __name__ == "__main__":
    sys.exit(main())
