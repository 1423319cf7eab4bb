"""What a reader has to know before the scores: short, for the details stand further below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.details.origins import WORDS
from emobench.leaderboard.tables.facts import Facts
from emobench.wording import and_more, counted

Mixtures = Mapping[str, Mapping[str, Sequence[str]]]


def cautions(section: Section, found: Facts, mixed: Mixtures | None = None) -> list[str]:
    """Return sentences, inline Markdown; none where nothing is out of the ordinary.

    Parameters
    ----------
    section, found
        The section and its facts.
    mixed
        What is not the same for all rows, as `mixtures` returns it.
    """
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
    for word, by_value in (mixed or {}).items():
        said.append(f"its rows are of different {WORDS.get(word, word)} ({and_more(by_value, 4)})")
    said += _of_rows(section)
    said += found.interval_doubts
    return [f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in said]


def _of_rows(section: Section) -> Iterator[str]:
    """What a name or a place in the ranking does not say by itself."""
    varied = dict.fromkeys(
        entry.default_label
        for entry in section.all_entries
        if ":" in entry.default_model and entry.card.kind == "published"
    )
    if varied:
        run, them = ("runs", "it") if len(varied) == 1 else ("run", "them")
        named = and_more([f"`{label}`" for label in varied], 3)
        yield (
            f"{named} {run} with the options that have been added to the name, not with the "
            f"preset of that paper; what the paper says of {them} stands below, under The models"
        )
    if any(section.elsewhere(one.name) for one in section.conditions):
        yield (
            f"the ranking is of tests on {section.dataset} itself; tests on another corpus stand "
            "under Every condition"
        )
