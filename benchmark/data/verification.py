"""What a look at a corpus's files has found."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from emobench.corpus.preparation.extract import Prepared
    from emobench.corpus.verify import Finding


@dataclass(frozen=True)
class Verification:
    """What ``emobench data verify`` prints.

    Parameters
    ----------
    corpus, title
        The corpus with its options, and what it is.
    findings
        Each check: ``verdict``, ``text``, ``ids``.
    defects
        What is known of this corpus, and what is done about it.
    """

    corpus: str
    title: str
    findings: tuple[Finding, ...]
    defects: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong; there can be doubts."""
        return not self.wrong

    @property
    def wrong(self) -> int:
        """Number of things that are not as they should be."""
        return sum(one.verdict == "wrong" for one in self.findings)

    @property
    def doubtful(self) -> int:
        """Number of things for which scores may not mean what they seem to."""
        return sum(one.verdict == "doubt" for one in self.findings)

    @property
    def frame(self) -> pd.DataFrame:
        """A row per check: ``verdict`` (``ok``, ``note``, ``doubt``, ``wrong``), ``text``, ids."""
        import pandas as pd

        rows = [(one.verdict, one.text, one.ids) for one in self.findings]
        return pd.DataFrame(rows, columns=["verdict", "text", "ids"])

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        findings = [
            {"verdict": one.verdict, "text": one.text, "ids": list(one.ids)}
            for one in self.findings
        ]
        return {
            "corpus": self.corpus,
            "title": self.title,
            "wrong": self.wrong,
            "doubtful": self.doubtful,
            "findings": findings,
            "defects": list(self.defects),
        }

    def __repr__(self) -> str:
        lines = [f"{one.verdict:<5} {one.text}" for one in self.findings]
        head = f"{self.corpus}: {self.title}"
        return "\n".join([head, *lines, f"{self.wrong} wrong, {self.doubtful} in doubt"])

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.corpus}: {self.title}")
        return f"<p>{head}</p>{self.frame[['verdict', 'text']].to_html(index=False)}"


def verification(target: Prepared) -> Verification:
    """Look at a corpus of which every source has been read."""
    from emobench.corpus.verify import Finding, verify

    corpus = target.corpus
    first, *rest = verify(target)
    looked = [Finding(*one) for one in corpus.dataset.inspected(corpus.table)]
    card = corpus.dataset.card
    found = (first, *looked, *rest)
    return Verification(corpus.request.label, card.title, found, tuple(card.defects))
