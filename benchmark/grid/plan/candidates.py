"""The models of a request on one corpus: their final hyper-parameters and their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from emobench.backbones.frozen_encoder import with_outputs
from emobench.backbones.weights import FIELD, is_single_file, weights
from emobench.corpus.corpus import Corpus
from emobench.corpus.inputs import suited_inputs
from emobench.discovery.options import configured
from emobench.discovery.registry import Entry
from emobench.discovery.representations import check_inputs, described, stamped
from emobench.errors import RequestError, Skip
from emobench.grid.plan.request import Request
from emobench.grid.plan.skip_reason import SkipReason
from emobench.interface.card import Card
from emobench.interface.model import Model


@dataclass(frozen=True)
class Candidate:
    """A model in one variant with its final hyper-parameters, on one corpus and track.

    `unsuited` is the reason why the model cannot be trained on the corpus at all; `tuned` says how
    the hyper-parameters are chosen, "" if they are the preset's.
    """

    entry: Entry
    options: dict[str, str]
    variant: str
    config: dict[str, Any]
    inputs: dict[str, tuple[str, ...]]
    unsuited: SkipReason | None = None
    backbones: dict[str, str] = field(default_factory=dict)
    track: str = "controlled"
    tuned: str = ""

    @property
    def label(self) -> str:
        """Name in the tables: ``NAME``, ``NAME:key=value``, and ``tuned:N`` after a blank."""
        name = ":".join([self.entry.name, *(f"{k}={v}" for k, v in self.options.items())])
        return f"{name} {self.tuned}" if self.tuned else name

    @property
    def card(self) -> Card:
        """The model's card."""
        assert isinstance(self.entry.card, Card)
        return self.entry.card

    @property
    def stated_inputs(self) -> dict[str, tuple[str, ...]]:
        """The inputs as results hold them, without paths of files."""
        return {m: tuple(map(stamped, names)) for m, names in self.inputs.items()}

    @property
    def described_features(self) -> dict[str, str]:
        """What the inputs are that are not emobench's, or whose licence binds somebody."""
        names = [name for found in self.inputs.values() for name in found]
        return {stamped(name): text for name in names if (text := described(name))}

    @property
    def can_generate(self) -> bool:
        """Whether the model, so configured, implements `generate`."""
        kind: type[Model] = self.entry.load()
        return kind.generates(kind.Config(**self.config), self.variant)

    @property
    def takes_learned_fill(self) -> bool:
        """Whether vectors for missing modalities can be trained with the model."""
        kind: type[Model] = self.entry.load()
        return kind.takes_learned_fill

    def changed(self, options: Mapping[str, str], variant: str) -> Candidate:
        """Copy with other values of some hyper-parameters, or another variant."""
        found = replace(self, variant=variant or self.variant)
        if variant and variant not in self.card.variants and not self.unsuited:
            found = replace(found, unsuited=SkipReason.of(_no_variant(self.card, variant)))
        if not options:
            return found
        chosen = configured(self.entry, self.options | dict(options), self.track)
        return replace(found, config=asdict(chosen))


def candidates(
    request: Request, corpus: Corpus, sources: Mapping[str, tuple[str, ...]] | None = None
) -> list[Candidate]:
    """Every model and variant of the request on `corpus`; unsuited models have the reason.

    `sources` are those that a model may read, if not all of the corpus's.
    """
    read = corpus.sources if sources is None else sources
    found: list[Candidate] = []
    for entry, options in request.models:
        card = entry.card
        assert isinstance(card, Card)
        variants = variants_of(card, request.variants)
        found += [_candidate(request, read, entry, options, v) for v in variants]
    return found


def variants_of(card: Card, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The variants to run a model in; a reference row is always run, in its only variant."""
    return wanted if card.kind != "reference" else ("corrected",)


def _candidate(
    request: Request,
    sources: Mapping[str, tuple[str, ...]],
    entry: Entry,
    options: dict[str, str],
    variant: str,
) -> Candidate:
    card = entry.card
    assert isinstance(card, Card)
    config = asdict(configured(entry, options, request.track))
    check_inputs(entry, request.track)
    try:
        if variant not in card.variants:
            raise _no_variant(card, variant)
        inputs = suited_inputs(card, request.track, sources, request.frozen)
        named = _named_backbones(config, inputs, request.track)
        backbones = {m: weights(m, name).revision for m, name in named.items()}
        if entry.load().frozen_backbones:
            inputs = with_outputs(inputs, named)
        elif files := [name for m, name in named.items() if is_single_file(m, name)]:
            raise Skip(f"builds its own encoder, which {files[0]} cannot be", card.name)
    except Skip as error:
        why = SkipReason.of(error)
        return Candidate(entry, options, variant, config, {}, why, track=request.track)
    return Candidate(
        entry, options, variant, config, inputs, backbones=backbones, track=request.track
    )


def _named_backbones(
    config: dict[str, Any], inputs: dict[str, tuple[str, ...]], track: str
) -> dict[str, str]:
    """The backbones that a configuration names, for the modalities that it reads.

    Raises
    ------
    RequestError
        It names a backbone on the controlled track.
    """
    named = {m: config.get(m + FIELD) for m in inputs}
    chosen = {m: str(name) for m, name in named.items() if name}
    if chosen and track != "published":
        first = next(iter(chosen))
        raise RequestError(
            f"{first}{FIELD}={chosen[first]}: the {track} track gives every model the same "
            "representations and no backbone; add --track published."
        )
    return chosen


def _no_variant(card: Card, variant: str) -> Skip:
    return Skip(f"has no variant {variant}, only {', '.join(card.variants)}", subject=card.name)
