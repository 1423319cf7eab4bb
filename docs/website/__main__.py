"""Builds the documentation site into the folder ``site``, offline; a warning or a fault ends it.

python docs/website            everything: pages, reference, executed notebooks, checks of all links
python docs/website --quick    the same without running the notebooks; their pages have no outputs
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from checks import faults
from commands import commands_page
from names import lay_out_package, python_pages
from notebooks import write_pages
from offline import take_offline
from pages import ROOT, lay_out, write

SOURCE = ROOT / "build" / "website"
SITE = ROOT / "site"
STYLE = Path(__file__).with_name("extra.css")


def lay_out_all(folder: Path, quick: bool) -> None:
    """Write every page of the site as Markdown."""
    from emobench.cli.app import app

    lay_out(folder)
    shutil.copyfile(STYLE, folder / STYLE.name)
    reference = folder / "docs" / "reference"
    write(reference / "commands.md", commands_page(app))
    for name, text in python_pages().items():
        write(reference / f"{name}.md", text)
    lay_out_package()
    write_pages(folder, ROOT / "build" / "notebooks", run=not quick)


def main() -> int:
    """Build the site and look at it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run no notebook")
    quick = parser.parse_args().quick
    began = time.monotonic()
    lay_out_all(SOURCE, quick)
    print(f"{time.monotonic() - began:.0f} s: the pages are laid out")
    command = [Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    found = []
    if not status:
        take_offline(SITE)
        found = [*faults(SITE)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{time.monotonic() - began:.0f} s: {SITE / 'index.html'}")
    return status or min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
