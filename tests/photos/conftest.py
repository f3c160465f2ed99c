"""Makes the profiles that are built by hand importable from the tests beside them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
