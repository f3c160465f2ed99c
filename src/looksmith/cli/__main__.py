"""``python -m looksmith.cli``."""

from looksmith.cli import main

main()
