"""What a page says of a folder that holds only some shards of a grid."""

from __future__ import annotations

from pathlib import Path

from emobench.disk.seal import unsealed


def shards_note(root: Path) -> str:
    """Say which shards the folder holds; "" if it holds none, or all of them.

    Parameters
    ----------
    root
        A results folder.
    """
    there: dict[int, set[int]] = {}
    for path in sorted((root / "shards").glob("*.json")):
        try:
            found = unsealed(path.read_bytes())
            there.setdefault(int(found["count"]), set()).add(int(found["number"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # written by another version, or torn
    parts = [
        f"{', '.join(map(str, sorted(numbers)))} of {count}"
        for count, numbers in sorted(there.items())
        if len(numbers) < count
    ]
    if not parts:
        return ""
    return (
        f"This folder was computed with --shard, and holds shard {'; '.join(parts)}. Rows with "
        "trainings of other shards are incomplete, and rows of searches may be absent, until the "
        "folders are merged and the same command has run without --shard."
    )
