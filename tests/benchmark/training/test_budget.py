"""The budget: the larger of some updates and some passes, and its parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emobench import TrainingConfig
from emobench.training.budget import budget

configs = st.builds(
    TrainingConfig,
    min_updates=st.integers(1, 5000),
    min_epochs=st.floats(0, 50),
    looks=st.integers(1, 60),
    accumulation=st.integers(1, 8),
    epochs=st.sampled_from([0, 1, 7]),
)
sizes = st.integers(1, 2000)


@given(configs, sizes)
def test_it_holds_what_it_should_hold_at_least_and_not_an_update_more(
    config: TrainingConfig, batches: int
) -> None:
    found = budget(config, batches)
    if config.epochs:
        assert found * config.accumulation >= config.epochs * batches
        return
    assert found >= config.min_updates
    assert found * config.accumulation >= config.min_epochs * batches - 1e-6
    fewer = found - 1
    assert fewer < config.min_updates or fewer * config.accumulation < config.min_epochs * batches


@given(configs, sizes, st.floats(0.05, 0.95))
def test_the_stages_of_a_training_share_its_budget(
    config: TrainingConfig, batches: int, part: float
) -> None:
    stages = config.share(part), config.share(1 - part)
    total = sum(budget(stage, batches) for stage in stages)
    slack = 2 * (1 + batches) if config.epochs else 4  # rounded apart
    assert abs(total - budget(config, batches)) <= slack
    assert abs(sum(stage.looks for stage in stages) - config.looks) <= 1
    for stage in stages:
        assert stage.learning_rate == config.learning_rate
        assert stage.patience == config.patience


def test_the_recipe_gives_a_small_corpus_updates_and_a_large_one_epochs() -> None:
    recipe = TrainingConfig()
    assert budget(recipe, 30) == recipe.min_updates  # RAVDESS, 960 clips
    assert budget(recipe, 313) == 313 * recipe.min_epochs  # MELD, 9,989 utterances
