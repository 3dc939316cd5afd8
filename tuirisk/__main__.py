"""``python -m tuirisk``."""

import sys

from tuirisk.cli import main

sys.exit(main())
