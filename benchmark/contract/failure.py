"""How a check fails: in one line that says what was tried, what happened and where to look."""

from __future__ import annotations

import contextlib
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path

from emobench.errors import EmobenchError

LONGEST = 300
"""Characters of an error's text that are shown."""


class ContractError(AssertionError):
    """A model broke its contract.

    Parameters
    ----------
    tried
        What was done with the model.
    happened
        What it did.
    look
        Where the cause is likely to be.
    """

    def __init__(self, tried: str, happened: str, look: str = "") -> None:
        super().__init__(f"{tried}: {happened}" + (f"; look at {look}" if look else ""))


class NotApplicable(Exception):  # noqa: N818 - it is a verdict, not an error
    """A check makes no sense for a model; the message is the reason that is shown."""


def one_line(error: BaseException, source: Path) -> str:
    """Say an unexpected error in one line, with the place in the model's own file `source`.

    Where the file is not in the traceback, the innermost frame outside of installed packages is
    named.
    """
    text = textwrap.shorten(str(error), LONGEST, placeholder=" …") or "no message"
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename) == source]
    other = [f for f in frames if "site-packages" not in f.filename]
    place = ""
    if own or (other and not isinstance(error, EmobenchError)):
        frame = (own or other)[-1]
        place = f" ({Path(frame.filename).name}:{frame.lineno}, in {frame.name})"
    kind = "" if isinstance(error, EmobenchError) else f"{type(error).__name__}: "
    return f"{kind}{text}{place}"


@contextlib.contextmanager
def trying(what: str, source: Path) -> Iterator[None]:
    """Turn whatever a model raises into a `ContractError`; verdicts of checks pass through."""
    try:
        yield
    except (ContractError, NotApplicable):
        raise
    except Exception as error:
        raise ContractError(what, f"it raised {one_line(error, source)}") from error
