"""``python -m emobench``."""

from emobench.cli.app import main

main()
