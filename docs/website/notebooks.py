"""The notebooks: scripts in the repository, executed here, pages with their outputs on the site.

A notebook is a script with cells (``# %%``, jupytext's percent format), since outputs and counters
of an ``.ipynb`` file change with every run and would be most of every difference under git. Its
outputs are made when the site is built, and never stored.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

from pages import NOTEBOOKS, ROOT, write

SOURCES: Final = ("benchmark", "models", "datasets", "protocols", "leaderboard")
LONGEST_CELL: Final = 300
"""Seconds after which a cell has failed."""

SHORT: Final = 6
"""Printed lines that are shown; more are folded."""


def scripts(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the repository."""
    return sorted((root / NOTEBOOKS).glob("*.py"))


def executed(script: Path, cache: Path | None = None) -> Any:
    """Run a notebook from its first cell to its last in an empty folder.

    Parameters
    ----------
    script
        In jupytext's percent format.
    cache
        emobench's cache folder; None takes the one that commands take.

    Returns
    -------
    NotebookNode
        With its outputs, in which the folder's path is only ``study``.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised an error.
    """
    import jupytext
    import nbformat
    from nbclient import NotebookClient

    notebook = jupytext.read(script)
    notebook.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python",
    }  # fmt: skip
    settings = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"}
    if cache is not None:
        settings["EMOBENCH_CACHE"] = str(cache)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "study").resolve()
        place.mkdir()
        client = NotebookClient(
            notebook, timeout=LONGEST_CELL, resources={"metadata": {"path": str(place)}}
        )
        # What cells print has another way; here the kernel would only warn of its open port.
        client.execute(env=settings, stderr=subprocess.DEVNULL)
        text = nbformat.writes(notebook).replace(str(place), "study")
    return nbformat.reads(text, as_version=4)


def page(notebook: Any, name: str, folder: Path) -> str:
    """Return an executed notebook as Markdown; its pictures are written into a folder."""
    cells = [*_cells(notebook, name, folder)]
    head, rest = cells[0], cells[1:]
    note = (
        f"*This page is a notebook: [download it]({name}.ipynb) with its outputs, or "
        f"[as a script]({name}.py). It was run when the site was built.*"
    )
    return "\n\n".join([head, note, *rest]) + "\n"


def _cells(notebook: Any, name: str, folder: Path) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            yield re.sub(r"(\]\(\w+)\.py\)", r"\1.md)", cell.source)
            continue
        yield f"```python\n{cell.source}\n```"
        printed = "".join(o.text for o in cell.get("outputs", ()) if o.output_type == "stream")
        if printed:
            yield _stream(printed)
        for place, output in enumerate(cell.get("outputs", ())):
            if output.output_type != "stream":
                yield _output(output, f"{name}-{number}-{place}", folder)


def _output(output: Any, name: str, folder: Path) -> str:
    if output.output_type == "error":
        return _text("\n".join(output.traceback))
    data = output.data
    if "image/png" in data:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        return f"![Output of the cell above]({name}.png)"
    if "text/html" in data:
        # A blank line would end the block of HTML for Markdown.
        table = re.sub(r"<style scoped>.*?</style>", "", data["text/html"], flags=re.DOTALL)
        table = re.sub(r"\n\s*\n", "\n", table.strip()).replace(' border="1" class="dataframe"', "")
        return f'<div class="output" markdown="0">\n{table}\n</div>'
    return _text(data.get("text/plain", ""))


def _stream(printed: str) -> str:
    """What a cell prints; long progress is folded."""
    text = _text(printed)
    if len(printed.splitlines()) <= SHORT:
        return text
    inner = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
    return f'??? note "What it prints while it runs"\n\n{inner}'


def _text(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).rstrip()
    return f"```text {{ .output }}\n{plain}\n```"


def executed_once(script: Path, kept: Path) -> Any:
    """Run a notebook, unless it was run as it is now with the package as it is now.

    Parameters
    ----------
    script
        The notebook.
    kept
        Folder of what was executed before.
    """
    import nbformat

    digest = hashlib.sha256(script.read_bytes())
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py*")):
            if "__pycache__" not in path.parts:
                digest.update(path.read_bytes())
    place = kept / f"{script.stem}-{digest.hexdigest()[:16]}.ipynb"
    if not place.is_file():
        write(place, nbformat.writes(executed(script)))
    return nbformat.read(place, as_version=4)


def write_pages(folder: Path, kept: Path, run: bool = True) -> None:
    """Write each notebook's page, its script and its ``.ipynb`` file; `run` executes it before."""
    import jupytext
    import nbformat

    read = partial(executed_once, kept=kept) if run else jupytext.read
    with ThreadPoolExecutor(max_workers=2) as side_by_side:  # each has a process of its own
        notebooks = [*side_by_side.map(read, scripts())]
    place = folder / NOTEBOOKS
    for script, notebook in zip(scripts(), notebooks, strict=True):
        write(place / f"{script.stem}.md", page(notebook, script.stem, place))
        write(place / f"{script.stem}.ipynb", nbformat.writes(notebook))
        write(place / script.name, script.read_text(encoding="utf-8"))
