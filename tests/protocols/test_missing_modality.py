from __future__ import annotations

from itertools import combinations

import pytest

from emobench import FILLS, RequestError, Setting
from emobench.discovery.options import with_options
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
RATES = [f"missing_0.{i}" for i in range(1, 8)]
SUBSETS = ["text", "audio", "vision", "text+audio", "text+vision", "audio+vision"]


@pytest.fixture
def protocol():
    return registry("protocol")["missing_modality"].load()()


def test_three_modalities_give_every_subset_and_every_rate_under_the_public_names(protocol):
    assert [c.name for c in protocol.conditions(Setting(THREE))] == ["full", *SUBSETS, *RATES]


def test_two_modalities_give_both_alone_and_every_rate(protocol):
    names = [c.name for c in protocol.conditions(Setting(("audio", "vision")))]
    assert names == ["full", "audio", "vision", *RATES]


def test_one_modality_gives_full_alone(protocol):
    assert [c.name for c in protocol.conditions(Setting(("audio",)))] == ["full"]
    assert protocol.summaries(Setting(("audio",))) == []


def test_a_condition_shows_what_its_name_says(protocol):
    for condition in protocol.conditions(Setting(THREE)):
        if condition.name.startswith("missing_"):
            assert condition.present is None
            assert condition.rate == float(condition.name.removeprefix("missing_"))
        else:
            named = THREE if condition.name == "full" else tuple(condition.name.split("+"))
            assert condition.present == named
            assert condition.rate == 0


def test_a_rate_that_cannot_be_reached_says_so(protocol):
    def warned(modalities):
        conditions = protocol.conditions(Setting(modalities))
        return [c.name for c in conditions if "can be reached" in c.description]

    assert warned(THREE) == ["missing_0.7"]
    assert warned(("text", "audio")) == ["missing_0.6", "missing_0.7"]


def test_the_regimes_are_without_and_with_modality_dropout(protocol):
    assert [(r.name, r.drop) for r in protocol.regimes(Setting(THREE))] == [
        ("full", 0.0),
        ("modality_dropout", 0.3),
    ]


@pytest.mark.parametrize("modalities", [c for k in (1, 2, 3) for c in combinations(THREE, k)])
def test_summaries_are_over_conditions_that_exist(protocol, modalities):
    names = [c.name for c in protocol.conditions(Setting(modalities))]
    assert len(names) == len(set(names))
    for summary in protocol.summaries(Setting(modalities)):
        assert set(summary.conditions) <= set(names)
        assert summary.reduce in ("mean", "min")


def test_the_summaries_are_the_mean_over_rates_and_the_worst_subset(protocol):
    rates, subsets = protocol.summaries(Setting(THREE))
    assert (rates.reduce, list(rates.conditions)) == ("mean", ["full", *RATES])
    assert (subsets.reduce, list(subsets.conditions)) == ("min", ["full", *SUBSETS])


def asked(**options: str):
    """The protocol with options as they are typed."""
    kind = registry("protocol")["missing_modality"].load()
    return kind(with_options(kind.Options(), options, "protocol missing_modality"))


def named(protocol, modalities=THREE) -> list[tuple[str, str]]:
    trials = protocol.trials(Setting(modalities))
    return [(t.regime.name, t.condition.name) for t in trials]


def test_options_only_add(protocol):
    plain = named(protocol)
    for options in (
        {"fill": "zero"},
        {"fill": "all"},
        {"training": "unified+per_condition"},
        {"frames": "true"},
    ):
        assert named(asked(**options))[: len(plain)] == plain or set(plain) < set(
            named(asked(**options))
        )
        assert len(named(asked(**options))) == len(set(named(asked(**options)))) > len(plain)
    assert named(asked()) == plain


@pytest.mark.parametrize("fill", ["zero", "train_mean", "generate"])
def test_a_fill_is_a_condition_beside_each_in_which_something_is_missing(protocol, fill):
    plain = {c.name: c for c in protocol.conditions(Setting(THREE))}
    found = {c.name: c for c in asked(fill=f"native+{fill}").conditions(Setting(THREE))}
    added = {name: c for name, c in found.items() if name not in plain}
    assert set(added) == {f"{name}:{fill}" for name in plain if name != "full"}
    for name, condition in added.items():
        native = plain[name.partition(":")[0]]
        assert (condition.present, condition.rate) == (native.present, native.rate)
        assert (condition.fill, native.fill) == (fill, "native")
        assert condition.drawn == native.drawn  # the same masks
        assert condition.description != native.description


def test_all_fills_are_every_fill():
    assert asked(fill="all").options.fills == FILLS
    assert asked(fill="zero+all").options.fills == FILLS
    assert named(asked(fill="all")) == named(asked(fill="+".join(FILLS)))
    assert asked(fill="zero+zero").options.fills == ("zero",)


def test_learned_fill_is_a_training_of_its_own_under_the_plain_conditions(protocol):
    found = asked(fill="zero+learned").trials(Setting(THREE))
    learned = [t for t in found if t.regime.fill == "learned"]
    assert {t.regime.name for t in learned} == {"learned_fill"}
    assert [t.condition for t in learned] == protocol.conditions(Setting(THREE))
    assert {t.regime.drop for t in learned} == {0.3}
    assert not [t for t in named(asked(fill="zero")) if t[0] == "learned_fill"]


@pytest.mark.parametrize("training", ["unified+per_condition", "all"])
def test_per_condition_trains_on_what_is_tested(protocol, training):
    found = asked(training=training).trials(Setting(THREE))
    own = [t for t in found if t.regime.name == "per_condition"]
    assert [t.condition for t in own] == protocol.conditions(Setting(THREE))
    for trial in own:
        regime, condition = trial.regime, trial.condition
        assert regime.drop == 0
        assert regime.rate == condition.rate
        assert regime.present == (None if condition.name == "full" else condition.present)


def test_frames_add_a_rate_of_steps(protocol):
    plain = {c.name for c in protocol.conditions(Setting(THREE))}
    added = [c for c in asked(frames="true").conditions(Setting(THREE)) if c.name not in plain]
    assert [(c.name, c.frames) for c in added] == [
        (f"frames_{r / 10}", r / 10) for r in range(1, 8)
    ]
    assert {(c.present, c.rate, c.fill) for c in added} == {(None, 0.0, "native")}
    one = asked(frames="true", fill="all").conditions(Setting(("audio",)))
    assert [c.name for c in one] == ["full", *(f"frames_{r / 10}" for r in range(1, 8))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fill": "zeros"}, "fill of missing_modality.*'zeros'.*zero"),
        ({"fill": "zero+"}, "fill of missing_modality"),
        ({"training": "unifed"}, "training of missing_modality.*'unifed'.*unified"),
        ({"training": "per_condition"}, r"write unified\+per_condition"),
        ({"frames": "perhaps"}, "frames"),
        ({"rates": "0.9"}, "rates"),
    ],
    ids=str,
)
def test_a_bad_option_is_a_sentence(options, message):
    with pytest.raises(RequestError, match=message):
        asked(**options)


@pytest.mark.parametrize("modalities", [c for k in (1, 2, 3) for c in combinations(THREE, k)])
@pytest.mark.parametrize(
    "options", [{"fill": "all", "training": "all", "frames": "true"}, {"fill": "learned"}], ids=str
)
def test_summaries_and_contrasts_are_over_rows_that_exist(options, modalities):
    protocol, setting = asked(**options), Setting(modalities)
    rows = set(named(protocol, modalities))
    under_full = {condition for regime, condition in rows if regime == "full"}
    summaries = protocol.summaries(setting)
    assert len({s.name for s in summaries}) == len(summaries)
    for summary in summaries:
        assert set(summary.conditions) <= under_full
    contrasts = protocol.contrasts(setting)
    assert len({c.name for c in contrasts}) == len(contrasts)
    for contrast in contrasts:
        assert {contrast.first, contrast.second} <= rows
    assert bool(summaries) is bool(contrasts) is (len(modalities) > 1)


def test_with_one_modality_there_is_nothing_to_learn_a_fill_for():
    kind = registry("protocol")["missing_modality"].load()
    learning = kind(kind.Options(fill="learned"))
    skipped = {t.regime.name for t in learning.trials(Setting(("text",), "meld")) if t.skip}
    assert skipped == {"learned_fill"}
    assert not any(t.skip for t in learning.trials(Setting(THREE, "three")))
