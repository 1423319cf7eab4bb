"""What a reader has to know before the scores: short, for the details stand further below."""

from __future__ import annotations

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.facts import Facts
from emobench.wording import counted


def cautions(section: Section, found: Facts) -> list[str]:
    """Return sentences, inline Markdown; none where nothing is out of the ordinary."""
    said = []
    corpus = section.corpus
    if section.split != "standard":
        said.append(f"the split `{section.split}` is not the corpus's standard one")
    if corpus and corpus.shared_speakers and not corpus.card.anonymous:
        are = "is" if corpus.shared_speakers == 1 else "are"
        said.append(f"{counted(corpus.shared_speakers, 'speaker')} {are} in both train and test")
    if corpus and corpus.doubts:
        said.append(f"scores are in doubt: {corpus.doubts[0].rstrip('.')}")
    if found.copies:
        said.append(found.copies.sentence)
    if section.outdated:
        n = counted(len(section.outdated), "row")
        said.append(f"{n} not shown, for the corpus has changed since")
    said += found.interval_doubts
    return [f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in said]
