"""Tables without roles get them from the row names that were agreed on before roles existed."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from emobench import FLAWS
from emobench.interface.protocol import ROLES, Condition, Protocol, Regime, Setting, Trial
from emobench.interface.protocol import Target as OtherCorpus
from emobench.leaderboard.results.old_roles import with_roles
from emobench.protocols.ablation import Ablation
from emobench.protocols.corruption import CorruptionProtocol
from emobench.protocols.cross_dataset import CrossDataset
from emobench.protocols.disjoint_training import DisjointTraining
from emobench.protocols.full_modalities import FullModalities
from emobench.protocols.generated_inputs import GeneratedInputs
from emobench.protocols.leakage_audit import Chosen, LeakageAudit
from emobench.protocols.missing_modality import Additions, MissingModality
from emobench.protocols.reproduce import Reproduce
from emobench.store.records import Audit, GridRecord

MODALITIES = ("text", "audio", "vision")
SETTING = Setting(
    MODALITIES,
    "ravdess",
    sources={"text": ("transcript",), "audio": ("waveform",), "vision": ("frames",)},
    others=(OtherCorpus("meld", MODALITIES, ("angry", "sad")),),
)
EVERY = (
    Ablation(), CorruptionProtocol(), CrossDataset(), DisjointTraining(), FullModalities(),
    GeneratedInputs(), LeakageAudit(Chosen(flaws="+".join(FLAWS[:7]))), MissingModality(),
    MissingModality(Additions(fill="all", frames=True)), Reproduce(),
)  # fmt: skip
"""Of the audit what existed before roles did: younger flaws are never without a role."""


def grid(protocol: Protocol, strip: bool) -> GridRecord:
    """The stored table of `protocol`; with `strip` as it was written before roles existed."""
    trials = protocol.trials(SETTING)
    conditions = {t.condition.name: t.condition for t in trials}
    flaws = dict.fromkeys(t.split for t in trials) if any(t.split for t in trials) else {}
    return GridRecord.model_validate(
        {
            "format": 1, "created": "", "model": "net", "dataset": "ravdess", "identity": "",
            "protocol": protocol.card.name, "model_card": {"name": "net"},
            "protocol_card": asdict(protocol.card), "regimes": [],
            "conditions": [
                asdict(replace(c, role="") if strip else c) for c in conditions.values()
            ],
            "audits": [Audit(flaw=flaw or "honest").model_dump() for flaw in flaws],
            "rows": [
                {"regime": t.regime.name, "condition": t.condition.name,
                 "split": "" if strip else t.split}
                for t in trials
            ],
        }
    )  # fmt: skip


def asdict_of(flaw: str) -> dict[str, object]:
    return Audit(flaw=flaw or "honest").model_dump()


@pytest.mark.parametrize("protocol", EVERY, ids=lambda p: p.card.name)
def test_the_roles_of_every_protocol_follow_from_its_old_names(protocol: Protocol) -> None:
    today = grid(protocol, strip=False)
    derived = with_roles(grid(protocol, strip=True))
    assert {c.name: c.role for c in derived.conditions} == {
        c.name: c.role for c in today.conditions
    }
    assert [slot.split for slot in derived.rows] == [slot.split for slot in today.rows]
    assert with_roles(today) == today


@pytest.mark.parametrize("protocol", [*EVERY, LeakageAudit()], ids=lambda p: p.card.name)
def test_every_role_is_known(protocol: Protocol) -> None:
    assert {t.condition.role for t in protocol.trials(SETTING)} <= {"", *ROLES}


def test_several_published_results_have_numbered_rows() -> None:
    names = ("paper_protocol", "honest_split", "corrected", "paper_protocol_2", "corrected_12")

    class Old(Protocol):
        card = Reproduce.card

        def trials(self, setting: Setting) -> list[Trial]:
            return [Trial(Regime("full", ""), Condition(name, "")) for name in names]

    found = [c.role for c in with_roles(grid(Old(), strip=True)).conditions]
    assert found == ["paper", "honest", "corrected", "paper", "corrected"]


def test_a_name_means_nothing_where_any_condition_has_a_role() -> None:
    stored = grid(FullModalities(), strip=True)
    first = stored.conditions[0]
    other = replace(first, name="mine", role="real")
    mixed = stored.model_copy(update={"conditions": (first, other)})
    assert [c.role for c in with_roles(mixed).conditions] == ["", "real"]
