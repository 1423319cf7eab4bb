"""The reason for a skip, as data: the subject, and the rest of the sentence."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.errors import Skip


@dataclass(frozen=True)
class SkipReason:
    """Why a model is not trained or tested under a trial.

    Parameters
    ----------
    subject
        Subject of the sentence: who cannot run; "" if `text` is a whole sentence.
    text
        The reason.
    """

    subject: str
    text: str

    @classmethod
    def of(cls, error: Skip) -> SkipReason:
        """Convert a `Skip` that was raised elsewhere."""
        return cls(error.subject, error.text)

    def __str__(self) -> str:
        return f"{self.subject} {self.text}" if self.subject else self.text
