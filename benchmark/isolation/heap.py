"""The heap of a process that computes: memory that was freed stays with the process.

Every update of a training frees what the next one takes again. The GNU C library hands large
pieces back to the system each time and gets them as new pages, which the system fills with zeros:
up to 5,000 pages per update, a third of its time. Numbers do not depend on it.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of ``mallopt``; see ``mallopt(3)``."""
KEPT = 256 << 20
"""Bytes at the end of the heap from which on they are handed back."""
LARGEST = 32 << 20
"""Bytes of a piece from which on it is not taken from the heap: the most that is allowed."""


def keep_freed_memory() -> bool:
    """Keep freed memory in this process from now on; whether the C library knows how to."""
    # Other C libraries have no such function, or one that does nothing.
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        return bool(
            library.mallopt(MMAP_THRESHOLD, LARGEST) and library.mallopt(TRIM_THRESHOLD, KEPT)
        )
    return False
