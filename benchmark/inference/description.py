"""What is known of a trained model: what it is, what it reads, what it scored, who made it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from emobench.interface.task import Task
from emobench.store.spec import TrainingSpec
from emobench.wording import counted


class Scored(BaseModel):
    """The score of a row under its main condition, as the leaderboard has it.

    Parameters
    ----------
    measure
        Its column in the leaderboard's table.
    value, low, high
        The mean over seeds, and its 95% interval; None for a measure without one.
    """

    model_config = ConfigDict(frozen=True)
    measure: str
    value: float
    low: float | None = None
    high: float | None = None


class Proof(BaseModel):
    """Stored test predictions that a trained model gave again, by its preparation of clips.

    Parameters
    ----------
    count
        How many utterances were compared.
    largest
        The largest difference of a logit.
    """

    model_config = ConfigDict(frozen=True)
    count: int
    largest: float


class Part(BaseModel):
    """Who was in a part of a training's fold.

    Parameters
    ----------
    utterances
        How many.
    unit, units
        What is kept apart, such as ``speaker``, and how many of these; "" and 0 if not known.
    names
        Their names, where they are few and the corpus is a published one.
    marks
        Beginnings of the digests of the utterances' ids, one after the other; "" if not known.
    """

    model_config = ConfigDict(frozen=True)
    utterances: int
    unit: str = ""
    units: int = 0
    names: tuple[str, ...] = ()
    marks: str = ""


@dataclass(frozen=True)
class Description:
    """A trained model in plain data, as an exported folder has it.

    Parameters
    ----------
    label, dataset, track, protocol, regime, key
        Its row on the leaderboard, and the name of its training.
    spec
        The spec of the training.
    task
        What it was built for.
    modalities
        The modalities of its corpus; it may read fewer.
    requires
        Modalities without which it cannot predict.
    fill_lengths
        Steps of what replaces a missing modality, where vectors were learned for that.
    absences
        Whether it met utterances without a modality in training, by design of its regime.
    scores, condition, unit, n_seeds, n_folds, n_test, n_units
        What its row scored under its main condition, of what, and over what intervals are.
    own_scores, own_n_test
        What this training alone scored on the test part of its fold.
    parts
        ``train``, ``dev`` and ``test`` to what this training had there.
    proof
        What it gave again when it was exported.
    versions
        Of emobench, Python and libraries that trained it.
    doubts
        What is doubtful about its corpus.
    """

    label: str
    dataset: str
    track: str
    protocol: str
    regime: str
    key: str
    spec: TrainingSpec
    task: Task
    modalities: tuple[str, ...]
    requires: tuple[str, ...] = ()
    fill_lengths: dict[str, dict[str, int]] = field(default_factory=dict)
    absences: bool = False
    scores: tuple[Scored, ...] = ()
    condition: str = ""
    unit: str = ""
    n_seeds: int = 0
    n_folds: int = 0
    n_test: int = 0
    n_units: int = 0
    own_scores: tuple[Scored, ...] = ()
    own_n_test: int = 0
    proof: Proof | None = None
    versions: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def trainings(self) -> int:
        """Of how many trainings `scores` are the mean."""
        return self.n_seeds * self.n_folds

    @property
    def mean_of(self) -> str:
        """What `scores` are, in words."""
        return f"mean of {counted(self.trainings, 'training')}"

    @property
    def title(self) -> str:
        """Which training it is, in words."""
        # The policy of an honest split stands behind the corpus's name already.
        last = self.spec.split.split(", ")[-1]
        honest = last == "standard" or last.startswith("grouped_")
        split = "" if honest else f", split {self.spec.split}"
        return (
            f"{self.label} on {self.dataset}, {self.track} track, regime {self.regime}{split}, "
            f"fold {self.spec.fold}, seed {self.spec.seed} ({self.key})"
        )

    def plain(self) -> dict[str, Any]:
        """The same as plain data for JSON."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        found |= {"spec": self.spec.model_dump(mode="json"), "task": asdict(self.task)}
        for name in ("scores", "own_scores"):
            found[name] = [one.model_dump() for one in getattr(self, name)]
        found["parts"] = {name: part.model_dump() for name, part in self.parts.items()}
        return found | {"proof": self.proof.model_dump() if self.proof else None}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Description:
        """Read what `plain` gave, after a way through JSON.

        Raises
        ------
        TypeError or ValueError or KeyError
            It is no such data.
        """
        task = plain["task"] | {
            name: tuple(plain["task"][name]) for name in ("classes", "class_counts")
        }
        found = plain | {
            "spec": TrainingSpec.model_validate(plain["spec"]),
            "task": Task(**task),
            "proof": Proof.model_validate(plain["proof"]) if plain["proof"] else None,
        }
        for name in ("scores", "own_scores"):
            found[name] = tuple(Scored.model_validate(one) for one in plain[name])
        for name in ("modalities", "requires", "doubts"):
            found[name] = tuple(plain[name])
        parts = plain.get("parts", {})
        found["parts"] = {name: Part.model_validate(part) for name, part in parts.items()}
        return cls(**found)
