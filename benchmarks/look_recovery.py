"""Look recovery against peers; the same as ``looksmith benchmark look-recovery``.

python benchmarks/look_recovery.py --photos DIR [--photos DIR …] --looks DIR -o report.md
"""

from __future__ import annotations

import sys

from looksmith.cli import app

if __name__ == "__main__":
    app(["benchmark", "look-recovery", *sys.argv[1:]])
