"""Why something is not run, as data: who cannot, and the rest of the sentence."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.errors import Skip


@dataclass(frozen=True)
class SkipReason:
    """Why a model is not trained or tested so.

    Parameters
    ----------
    subject
        Whose fault it is, in the words of the sentence; "" where `text` is a whole sentence.
    text
        The reason.
    """

    subject: str
    text: str

    @classmethod
    def of(cls, error: Skip) -> SkipReason:
        """Take over the reason that a rule of a lower room has raised."""
        return cls(error.subject, error.text)

    def __str__(self) -> str:
        return f"{self.subject} {self.text}" if self.subject else self.text
