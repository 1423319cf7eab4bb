"""The check of a model's search space: a bad one fails with a sentence that names the field."""

from __future__ import annotations

import pytest

from emobench.contract import NotApplicable, check_search_space, run_check

CONFIG = "    Config = Config\n"
IMPORT = "from emobench import Card, "
HEAD = "        self.head = nn.Linear(config.hidden, len(task.classes))\n"


def declaring(space: str, *names: str) -> list[tuple[str, str]]:
    """Changes of the planted model that give it a search space made of imported `names`."""
    return [
        (CONFIG, f"{CONFIG}    search_space = {space}\n"),
        (IMPORT, IMPORT + "".join(f"{n}, " for n in names)),
    ]


def note(subject) -> str:
    result = run_check(subject, "search_space")
    assert result.verdict == "FAILED"
    return result.note


@pytest.fixture
def trained(monkeypatch):
    """The learning rates and widths of every training that is begun."""
    from emobench.interface.model import Model

    seen = []
    fit = Model.fit

    def watched(self, session):
        seen.append((self.config.learning_rate, self.config.hidden))
        fit(self, session)
        assert session.batches_per_epoch == len(session.epochs) == 1

    monkeypatch.setattr(Model, "fit", watched)
    return seen


def test_every_corner_is_trained_for_one_update(planted, trained):
    space = '{"learning_rate": LogUniform(1e-4, 1e-2), "hidden": Choice(8, 16, 24)}'
    check_search_space(planted(*declaring(space, "LogUniform", "Choice")))
    assert trained == [(1e-4, 16), (1e-2, 16), (1e-2, 8), (1e-2, 24), (1e-4, 8)]


def test_what_is_set_by_hand_is_not_searched(planted, trained):
    space = '{"learning_rate": LogUniform(1e-4, 1e-2), "hidden": Choice(8, 16, 24)}'
    changes = declaring(space, "LogUniform", "Choice")
    check_search_space(planted(*changes, hidden="32"))
    assert trained == [(1e-4, 32), (1e-2, 32)]


def test_a_model_that_declares_none_is_searched_in_learning_rate_and_decay(planted, trained):
    check_search_space(planted())
    assert {rate for rate, _ in trained} == {1e-4, 1e-2}


def test_an_empty_space_is_not_applicable(planted):
    with pytest.raises(NotApplicable, match="nothing to search"):
        check_search_space(planted(*declaring("{}")))


def test_a_corner_that_cannot_be_built_is_named(planted):
    broken = (HEAD, '        assert config.hidden < 64, "too wide"\n' + HEAD)
    changes = declaring('{"hidden": Choice(16, 64)}', "Choice")
    said = note(planted(broken, *changes))
    assert said.startswith(
        "a training of one epoch with hidden=64, a corner of its search_space: building the model"
    )
    assert "AssertionError: too wide" in said


def test_a_corner_that_does_not_train_is_named(planted):
    forward = "        return Output(logits)\n"
    broken = (forward, "        assert self.config.hidden < 64 or not self.training\n" + forward)
    changes = declaring('{"hidden": Choice(16, 64)}', "Choice")
    assert "with hidden=64, a corner of its search_space: it raised" in note(
        planted(broken, *changes)
    )


def test_a_corner_that_answers_nonsense_is_named(planted):
    forward = "        return Output(logits)\n"
    broken = (forward, "        logits = logits / (self.config.hidden != 64)\n" + forward)
    changes = declaring('{"hidden": Choice(16, 64)}', "Choice")
    said = note(planted(broken, *changes))
    assert "with hidden=64, a corner of its search_space" in said


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ('{"hiden": Integer(8, 16)}', "its search_space: the Config has no field hiden"),
        ('{"epochs": Integer(8, 16)}', "its search_space: epochs is part of the budget"),
        ('{"batch_size": Integer(0, 16)}', "the Config refuses batch_size=0: batch_size must be"),
        ('{"hidden": Choice(8, 24)}', "hidden is 16 in the preset, which its range (8 or 24) does"),
        ('{"hidden": (8, 16)}', "hidden must be a LogUniform, Uniform, Integer or Choice"),
    ],
)
def test_a_space_that_makes_no_sense_fails_before_anything_is_trained(
    planted, trained, space, says
):
    said = note(planted(*declaring(space, "Integer", "Choice")))
    assert says in said
    assert "look at it in planted.py" in said
    assert trained == []
