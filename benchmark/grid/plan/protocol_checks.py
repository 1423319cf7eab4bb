"""The contract of a protocol: what it asks for on corpora of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from emobench.contract.extensions.examination import Examination
from emobench.contract.failure import ContractError, trying
from emobench.corpus.leakage.flawed_splits import COUNTERPARTS, FLAWS
from emobench.discovery.registry import Entry
from emobench.grid.plan.protocol_validation import open_protocol, validated_trials
from emobench.interface.card import VARIANTS, Card, ProtocolCard, PublishedSetting
from emobench.interface.protocol import Condition, Protocol, Setting, Target, Trial
from emobench.modality import MODALITIES

SOURCES = {"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)}
FEATURES = {m: (f"{m}_features",) for m in MODALITIES}


def settings() -> dict[str, Setting]:
    """Corpora of every kind that a protocol can meet, by what they are."""
    card = Card(name="a_model", title="A model", inputs=dict.fromkeys(MODALITIES, ("mfcc",)))
    whole = Setting(MODALITIES, "a_corpus", SOURCES, model=card)
    found = {"all modalities": whole}
    for count in (2, 1):
        for shown in combinations(MODALITIES, count):
            here = {m: SOURCES[m] for m in shown}
            found[f"{'+'.join(shown)} alone"] = replace(whole, modalities=shown, sources=here)
    other = Target("another", MODALITIES, ("happy", "sad"))
    far = Target("a_third", ("text",), reason="its classes have no counterpart")
    return found | {
        "features in the place of recordings": replace(whole, sources=FEATURES),
        "several labels at once": replace(whole, multilabel=True),
        "a request with other corpora": replace(whole, others=(other, far)),
        "a joint corpus": replace(whole, members=("one", "two")),
        "an auxiliary corpus": replace(whole, auxiliary=True),
        "the published track": replace(whole, track="published"),
        "no particular model": replace(whole, model=None),
        "a model with a published result": replace(whole, model=_published(card)),
    }


def _published(card: Card) -> Card:
    """The card with a result of its authors on the corpus that settings have."""
    claim = PublishedSetting("a_corpus", "its own split", "macro_f1", 0.5, "table 1")
    return replace(card, kind="published", settings=(claim,), variants=VARIANTS)


class ProtocolSubject:
    """A protocol with its options, and what it asks for in each setting."""

    def __init__(self, entry: Entry, options: Mapping[str, str]) -> None:
        self.entry, self.options = entry, dict(options)
        self.path: Path = entry.path.resolve()

    def open(self) -> Protocol:
        """Build the protocol."""
        with trying("building it", self.path):
            return open_protocol(self.entry, self.options)

    def trials(self, where: str, setting: Setting) -> list[Trial]:
        """What it asks for in `setting`, valid."""
        with trying(f"its trials with {where}", self.path):
            return validated_trials(self.entry, self.open(), setting)


def examination(entry: Entry, options: Mapping[str, str]) -> Examination:
    """The checks of a protocol."""
    subject = ProtocolSubject(entry, options)
    checks = {key: partial(check, subject) for key, check in CHECKS.items()}
    return Examination(f"{entry.name} (protocol)", subject.path, checks, first="opens")


def check_opens(subject: ProtocolSubject) -> None:
    """Its class can be built, and its card says what a reader needs."""
    subject.open()
    card = subject.entry.card
    assert isinstance(card, ProtocolCard)
    for field in ("title", "question", "method"):
        if not getattr(card, field).strip():
            raise ContractError("the card", f"{field} is empty")


def check_trials(subject: ProtocolSubject) -> None:
    """On every kind of corpus it asks for something that exists, or says why not."""
    for where, setting in settings().items():
        for trial in subject.trials(where, setting):
            flaw = trial.split
            if flaw and flaw not in FLAWS and flaw not in COUNTERPARTS.values():
                raise ContractError(f"its trials with {where}", f"there is no split {flaw!r}")


def check_does_something(subject: ProtocolSubject) -> None:
    """Somewhere it has a trial that is not skipped."""
    found = [t for where, s in settings().items() for t in subject.trials(where, s)]
    if all(trial.skip for trial in found):
        raise ContractError("its trials on every kind of corpus", "each is skipped")


def check_described(subject: ProtocolSubject) -> None:
    """Regimes, conditions, summaries and contrasts are said in words."""
    for where, setting in settings().items():
        protocol = subject.open()
        named: list[Any] = [*protocol.summaries(setting), *protocol.contrasts(setting)]
        for trial in subject.trials(where, setting):
            named += [trial.regime, trial.condition]
        for one in named:
            if not one.name.strip() or not one.description.strip():
                kind = type(one).__name__.lower()
                raise ContractError(f"its trials with {where}", f"a {kind} has no description")


def check_same_again(subject: ProtocolSubject) -> None:
    """Asked again, it asks for the same in the same order."""
    for where, setting in settings().items():
        if subject.trials(where, setting) != subject.trials(where, setting):
            raise ContractError(f"its trials with {where}", "the second time they are others")


def check_names(subject: ProtocolSubject) -> None:
    """A name of a condition means one thing: tables tell the test inputs apart by it."""
    for where, setting in settings().items():
        conditions: dict[str, Condition] = {}
        for trial in subject.trials(where, setting):
            one = trial.condition
            first = conditions.setdefault(one.name, one)
            if first != one:
                pairs = (
                    (f.name, getattr(first, f.name), getattr(one, f.name)) for f in fields(one)
                )
                differ = next(name for name, a, b in pairs if a != b)
                happened = f"two conditions are called {one.name!r}, which differ in {differ}"
                raise ContractError(f"its trials with {where}", happened)


def check_modalities(subject: ProtocolSubject) -> None:
    """Nothing is shown that the corpus has not, unless the trial is skipped."""
    for where, setting in settings().items():
        for trial in subject.trials(where, setting):
            here = set(setting.modalities)
            for one in (trial.regime.present, trial.condition.present):
                if one and not trial.skip and not here & set(one):
                    happened = f"{trial.condition.name!r} shows {'+'.join(one)} alone"
                    raise ContractError(f"its trials with {where}", happened, "skip, with a reason")


def check_options(subject: ProtocolSubject) -> None:
    """An option that is typed with its default changes nothing."""
    protocol = subject.open()
    if protocol.Options is None:
        return
    whole = settings()["all modalities"]
    before = subject.trials("all modalities", whole)
    for field in fields(protocol.Options):
        value = getattr(protocol.options, field.name)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        typed = ProtocolSubject(subject.entry, {**subject.options, field.name: text})
        try:
            again = typed.trials("all modalities", whole)
        except ContractError as error:
            raise ContractError(f"the option {field.name}={text}", str(error)) from error
        if again != before:
            raise ContractError(f"the option {field.name}={text}", "its default changes the trials")


CHECKS = {
    "opens": check_opens,
    "trials": check_trials,
    "does_something": check_does_something,
    "described": check_described,
    "same_again": check_same_again,
    "names": check_names,
    "modalities": check_modalities,
    "options": check_options,
}
"""Every check, in the order in which they are shown."""
