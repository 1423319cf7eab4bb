"""What the generator would have a browser load from the network, taken out of the built site."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

SHIM: Final = "https://unpkg.com/iframe-worker/shim"
"""The generator's own script for pages that are opened as files: it would come from a network."""
OURS: Final = Path(__file__).with_name("worker_frame.js")
PLACE: Final = Path("assets", "javascripts", OURS.name)


def take_offline(site: Path) -> None:
    """Put our script in the place of the outside one, and leave out the page for missing pages.

    That page only works at the root of a host, and the site can lie anywhere, on a disk too.
    """
    (site / "404.html").unlink(missing_ok=True)
    shutil.copyfile(OURS, site / PLACE)
    for path in site.rglob("*.html"):
        up = "../" * (len(path.relative_to(site).parts) - 1)
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(SHIM, f"{up}{PLACE.as_posix()}"), encoding="utf-8")
