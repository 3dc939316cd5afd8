"""``python -m tuirisk``."""

import sys

from tuirisk.cli.main import main

sys.exit(main())
