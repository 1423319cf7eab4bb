from __future__ import annotations

import pytest
import torch
from torch import nn

from emobench import Batch, Model, Output, Task, TrainingConfig
from emobench.errors import ModelError
from emobench.interface.model import build_model

TASK = Task(("a", "b"), {"text": {"tokens": 9}, "audio": {"log_mel": 40, "mfcc": 13}}, (3, 1))


class Constant(Model):
    def __init__(self, task=TASK, config=None, variant="corrected"):
        super().__init__(task, config or TrainingConfig(), variant)
        self.bias = nn.Parameter(torch.zeros(len(task.classes)))

    def forward(self, batch):
        extra = {"one": torch.tensor(1.0), "two": torch.tensor(2.0)}
        return Output(self.bias.expand(len(batch), -1), losses=extra)


def batch() -> Batch:
    return Batch(("x", "y"), {}, {}, torch.tensor([0, 1]))


def test_a_task_knows_its_modalities_and_sizes():
    assert TASK.modalities == ("text", "audio")
    assert TASK.size("audio") == 53


def test_the_loss_adds_the_auxiliary_losses_to_the_classification_loss():
    model = Constant()
    loss = model.loss(model(batch()), batch())
    assert loss.item() == pytest.approx(torch.tensor(2.0).log().item() + 3.0)


def test_the_loss_is_the_one_that_the_config_names():
    model = Constant(config=TrainingConfig(loss="weighted"))
    model.bias.data = torch.tensor([1.0, 0.0])
    nll = -model.bias.log_softmax(0)
    # class_counts (3, 1): weights 1/3 and 1, in any common scale.
    expected = (nll[0] / 3 + nll[1]) / (1 / 3 + 1) + 3.0
    assert model.loss(model(batch()), batch()).item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_optimiser_takes_rate_and_decay_from_the_config():
    model = Constant(config=TrainingConfig(learning_rate=0.5, weight_decay=0.25))
    (group,) = model.optimizer().param_groups
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.25)
    assert model.scheduler(model.optimizer()) is None


def test_a_model_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Model implements no forward"):
        Model(TASK, TrainingConfig())(batch())


@pytest.mark.parametrize(("variant", "expected"), [("corrected", False), ("as_published", True)])
def test_a_model_knows_its_variant(variant, expected):
    assert Constant(variant=variant).as_published is expected


def test_fit_is_the_harness_loop_by_default():
    class Recorder:
        looped = None

        def loop(self, model):
            self.looped = model

    model, session = Constant(), Recorder()
    model.fit(session)
    assert session.looped is model


class Held(Constant):
    """Keeps a layer in whatever `keep` makes of it."""

    keep = staticmethod(lambda layer: layer)

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.head = nn.Sequential(nn.Linear(2, 2))
        self.held = self.keep(self)


class Beginner(Model):
    def __init__(self, task, config, variant="corrected"):
        self.layer = nn.Linear(2, 2)


class Idle(Model):
    def __init__(self, task, config, variant="corrected"):
        self.width = 2


def frozen() -> nn.Module:
    return nn.Linear(2, 2).requires_grad_(False)


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (lambda _: {"text": nn.Linear(2, 2)}, "held is a dict with 1 layers .* nn.ModuleDict"),
        (lambda _: [nn.Linear(2, 2), nn.GRU(2, 2)], "held is a list with 2 layers .*ModuleList"),
        (lambda _: (nn.Linear(2, 2),), "held is a tuple with 1 layers"),
    ],
)
def test_layers_that_nothing_trains_or_stores_are_refused(keep, said):
    kind = type("Kind", (Held,), {"keep": staticmethod(keep)})
    with pytest.raises(ModelError, match=said):
        build_model(kind, TASK, TrainingConfig(), "corrected")


@pytest.mark.parametrize(
    "keep",
    [
        lambda model: [model.head],
        lambda model: {"first": model.head[0]},
        lambda _: [frozen()],
        lambda _: nn.ModuleList([nn.Linear(2, 2)]),
        lambda _: [1, "a", None],
    ],
)
def test_layers_that_are_registered_or_frozen_may_stand_in_a_list_too(keep):
    kind = type("Kind", (Held,), {"keep": staticmethod(keep)})
    assert build_model(kind, TASK, TrainingConfig(), "corrected").variant == "corrected"


@pytest.mark.parametrize("kind", [Beginner, Idle])
def test_a_forgotten_call_of_the_base_is_named(kind):
    with pytest.raises(ModelError, match=r"super\(\).__init__\(task, config, variant\)"):
        build_model(kind, TASK, TrainingConfig(), "corrected")
