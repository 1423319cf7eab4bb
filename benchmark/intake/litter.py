"""What systems, browsers and archives leave among the files of a corpus."""

from __future__ import annotations

FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", ".localized"})
FOLDERS = frozenset({
    "__macosx", ".ipynb_checkpoints", ".trashes", ".spotlight-v100", ".fseventsd", "@eadir",
    "$recycle.bin",
})  # fmt: skip
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".aria2", ".filepart")


def is_litter(name: str) -> bool:
    """Whether a file of this name is no part of any corpus.

    Such are the companions that macOS writes (``._*``), what other systems leave, and unfinished
    downloads.
    """
    plain = name.casefold()
    return plain.startswith("._") or plain in FILES or plain.endswith(UNFINISHED)


def is_litter_folder(name: str) -> bool:
    """Whether all files in a folder of this name are no part of any corpus."""
    return name.casefold() in FOLDERS
