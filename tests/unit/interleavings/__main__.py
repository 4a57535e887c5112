"""`nice python -m tests.unit.interleavings --jobs 2` tries all pairs on all moves; exit 1 if one ends wrong."""

from __future__ import annotations

import sys

from tests.unit.interleavings.counting import main

if __name__ == "__main__":
    sys.exit(main())
