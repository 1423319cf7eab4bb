"""Opens the corpora of a request, and the joint corpora that protocols make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.joint.join import join_corpora
from emobench.corpus.split import Split, SplitPolicy, policy, split
from emobench.discovery.registry import Entry
from emobench.errors import RequestError
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.candidates import Candidate, candidates
from emobench.grid.plan.protocol_validation import open_protocol
from emobench.grid.plan.request import Request
from emobench.grid.screen import Screen

TRANSFER = "transfer"
"""What a protocol shows that tests models on other corpora than they were trained on."""


@dataclass(frozen=True)
class CorpusPlan:
    """A corpus with its split and the models that are to run on it."""

    corpus: Corpus
    policy: SplitPolicy
    folds: list[Split]
    candidates: list[Candidate]

    @property
    def label(self) -> str:
        """Name of the corpus in the tables."""
        return self.corpus.request.label


@dataclass(frozen=True)
class Scope:
    """A request for one protocol, and all the corpora on which it is run."""

    request: Request
    parts: tuple[CorpusPlan, ...]


def open_scopes(request: Request, corpora: OpenCorpora, screen: Screen) -> list[Scope]:
    """Open every corpus of `request`; return a scope for each of its protocols.

    Raises
    ------
    RequestError
        A corpus cannot be opened or split, or a protocol joins corpora that have ``--folds``.
    """
    asked = [_open(request, wanted, corpora, screen) for wanted in request.corpora]
    joint: dict[str, CorpusPlan] = {}
    scopes = []
    for entry, options in request.protocols:
        alone = replace(request, protocols=[(entry, options)])
        added = _joins(alone, asked, joint, corpora, screen)
        parts = (*asked, *added)
        if getattr(entry.card, "show", "") == TRANSFER:
            parts = tuple(_in_common_form(alone, part, parts, screen) for part in parts)
        scopes.append(Scope(alone, parts))
    return scopes


def _in_common_form(
    alone: Request, part: CorpusPlan, parts: Sequence[CorpusPlan], screen: Screen
) -> CorpusPlan:
    """The corpus with its models reading what the others have too, where it has a choice."""
    others = [one.corpus.sources for one in parts if one is not part]
    sources = {
        m: tuple(n for n in names if all(n in o[m] for o in others if m in o)) or names
        for m, names in part.corpus.sources.items()
    }
    found = candidates(alone, part.corpus, sources)
    for m in sources:
        if any(
            c.inputs.get(m) != o.inputs.get(m) for c, o in zip(found, part.candidates, strict=True)
        ):
            screen.say(
                f"{part.label}: {m} is read as {' and '.join(sources[m])}, which the other corpora "
                "have too"
            )
    return replace(part, candidates=found)


def distinct_parts(scopes: Sequence[Scope]) -> list[CorpusPlan]:
    """Every corpus of the scopes, once, with the models as each scope reads them."""
    found: dict[str, CorpusPlan] = {}
    for part in (part for scope in scopes for part in scope.parts):
        known = found.get(part.label, part)
        more = [c for c in part.candidates if c not in known.candidates]
        found[part.label] = replace(known, candidates=[*known.candidates, *more])
    return list(found.values())


def _open(
    request: Request, wanted: CorpusRequest, corpora: OpenCorpora, screen: Screen
) -> CorpusPlan:
    corpus = corpora.get(wanted, screen.prepare)
    rule = policy(corpus, request.folds, request.dev_folds)
    folds = [split(corpus, rule, fold) for fold in range(rule.folds)]
    return CorpusPlan(corpus, rule, folds, candidates(request, corpus))


def _joins(
    alone: Request,
    asked: list[CorpusPlan],
    joint: dict[str, CorpusPlan],
    corpora: OpenCorpora,
    screen: Screen,
) -> list[CorpusPlan]:
    """The joint corpora of the protocol of `alone`; `joint` keeps them for other protocols."""
    here = {part.label: part.corpus for part in asked}
    single = tuple(label for label, corpus in here.items() if not corpus.member_names)
    ((entry, options),) = alone.protocols
    added = []
    for group in open_protocol(entry, options).joins(single):
        _check_no_folds(alone, entry)
        try:
            wanted = join_corpora([here[name] for name in group])
            part = joint.get(wanted.label) or _open(alone, wanted, corpora, screen)
        except RequestError as error:
            screen.say(f"warning: {' and '.join(group)} cannot be joined: {error}")
            continue
        joint[wanted.label] = part
        if wanted.label not in here:
            added.append(part)
    return added


def _check_no_folds(request: Request, entry: Entry) -> None:
    """Refuse ``--folds``: a joint corpus keeps its members' standard splits."""
    if request.folds is not None:
        raise RequestError(
            f"--folds {request.folds}: {entry.name} joins corpora, which keep their "
            "standard splits then."
        )
