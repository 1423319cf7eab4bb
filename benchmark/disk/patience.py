"""Patience with network file systems: what failed once is tried again, a few times."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PASSING: Final = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR)
"""Errors that a server that was away for a moment leaves behind; a broken disk leaves them too."""
PAUSES: Final = (0.1, 0.5, 2.0)
"""Seconds before each new try; after the last one the error is raised."""


def patiently(work: Callable[[], T]) -> T:
    """Do `work`, which must be the same if it is done twice, again where its error may pass.

    Raises
    ------
    OSError
        It failed every time, or for another reason.
    """
    for pause in PAUSES:
        try:
            return work()
        except OSError as error:
            if error.errno not in PASSING:
                raise
            time.sleep(pause)
    return work()
