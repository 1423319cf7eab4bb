"""Imports the modules that a command imports, and nothing else happens.

python imports.py --list FILE ARGUMENTS…     run emobench, and write which modules are there
python imports.py FILE                       import these
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path


def record(path: Path, arguments: list[str]) -> None:
    """Run ``emobench ARGUMENTS`` in this process, and write the modules in order of import."""
    from emobench.cli.app import main

    sys.argv = ["emobench", *arguments]
    with contextlib.suppress(SystemExit):
        main()
    # What a file of a user's or a test holds has no name under which it could be imported.
    names = [name for name in sys.modules if not name.startswith(("__main__", "emobench_file_"))]
    path.write_text(json.dumps(names))


def load(path: Path) -> None:
    """Import the modules that are listed."""
    for name in json.loads(path.read_text()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        record(Path(sys.argv[2]), sys.argv[3:])
    else:
        load(Path(sys.argv[1]))
