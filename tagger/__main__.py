"""`python -m tagger …` is `tagger …`."""

import sys

from tagger.cli import main

sys.exit(main())
