"""`python -m medsettle.cli`."""

import sys

from medsettle.cli import main

sys.exit(main())
