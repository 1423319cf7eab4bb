"""Failures of checks: a line says what was tried, what happened and where to look."""

from __future__ import annotations

import contextlib
import enum
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path

from emobench.errors import EmobenchError
from emobench.interface.batch import LogitsShapeError, NotFiniteError

LONGEST = 300
"""Number of shown characters of an error's text."""


class Symptom(enum.Enum):
    """Kind of a failure from which other failures can follow."""

    OTHER = enum.auto()
    SHAPE = enum.auto()
    """The logits have a wrong shape."""
    NOT_FINITE = enum.auto()
    """Something is NaN or infinite."""
    UNEQUAL = enum.auto()
    """Two answers differ that should be equal."""
    DRAWS = enum.auto()
    """A prediction uses random numbers."""


class ContractError(AssertionError):
    """A model broke its contract.

    Parameters
    ----------
    tried
        What the check did with the model.
    happened
        What the model did.
    look
        Likely place of the cause.
    symptom
        Kind of the failure.
    cause
        Equal in failures with the same cause; by default the whole line.
    """

    def __init__(
        self,
        tried: str,
        happened: str,
        look: str = "",
        symptom: Symptom = Symptom.OTHER,
        cause: str = "",
    ) -> None:
        line = f"{tried}: {happened}" + (f"; look at {look}" if look else "")
        super().__init__(line)
        self.symptom = symptom
        self.cause = symptom.name if symptom is Symptom.NOT_FINITE else cause or line


class NotApplicable(Exception):  # noqa: N818 - it is a verdict, not an error
    """A check makes no sense for a model; the message is the displayed reason."""


def diagnosis(error: BaseException) -> tuple[Symptom, str]:
    """Symptom and cause of an error that the harness raised about a model's output."""
    if isinstance(error, LogitsShapeError):
        # The first size is the batch size, which differs between checks.
        return Symptom.SHAPE, f"shape of an utterance {error.shape[1:]}"
    if isinstance(error, NotFiniteError) or isinstance(error.__cause__, NotFiniteError):
        return Symptom.NOT_FINITE, ""
    return Symptom.OTHER, ""


def one_line(error: BaseException, source: Path) -> str:
    """Format an unexpected error in one line, with its place in the model's own file `source`.

    If the file is not in the traceback, the line names the innermost frame outside of installed
    packages.
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
    """Turn any error of a model into a `ContractError`; verdicts of checks pass through."""
    try:
        yield
    except (ContractError, NotApplicable):
        raise
    except Exception as error:
        raised = one_line(error, source)
        symptom, cause = diagnosis(error)
        raise ContractError(what, f"it raised {raised}", "", symptom, cause or raised) from error
