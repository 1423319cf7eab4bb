"""Weka's ARFF, in the dense form that openSMILE writes."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

from emobench.errors import DataError

_ATTRIBUTE = re.compile(r"@attribute\s+(?:'((?:[^'\\]|\\.)*)'|\"([^\"]*)\"|(\S+))\s+\S", re.I)


def read_arff(path: Path) -> tuple[list[str], list[list[str]], list[str]]:
    """Header, rows and where each row stands.

    Raises
    ------
    DataError
        It has no @data, a row does not fit the attributes, or it is sparse.
    """
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    lines = data.decode("utf-8-sig", "replace").splitlines()
    header: list[str] = []
    body = None
    for number, line in enumerate(lines):
        word = line.strip().lower()
        if word.startswith("@attribute"):
            found = _ATTRIBUTE.match(line.strip())
            if found is None:
                raise DataError(f"{path}: line {number + 1} is no @attribute NAME TYPE.")
            header.append(next(g for g in found.groups() if g is not None).replace("\\", ""))
        elif word.startswith("@data"):
            body = number + 1
            break
    if body is None or not header:
        raise DataError(f"{path} has no @attribute or no @data: it is no ARFF, or cut off.")
    rows, places = [], []
    for number, line in enumerate(lines[body:], body + 1):
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        if text.startswith("{"):
            raise DataError(f"{path} is a sparse ARFF, which is not read. Write it as CSV.")
        cells = next(csv.reader([text], quotechar="'", escapechar="\\", skipinitialspace=True))
        if len(cells) != len(header):
            raise DataError(
                f"{path}: line {number} has {len(cells)} values for {len(header)} attributes."
            )
        rows.append(cells)
        places.append(f"line {number}")
    return header, rows, places
