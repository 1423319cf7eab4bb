"""What an outcome means: declared failures, wrong declarations, checks called alone."""

from __future__ import annotations

import pytest

from emobench import RequestError
from emobench.contract import (
    CHECKS,
    ContractError,
    check_padding_invariance,
    run_check,
    run_suite,
    subjects,
)
from emobench.contract.suite import chosen_checks

MASK = " * sequence.mask[..., None]"
AS_RELEASED = (
    "steps = torch.relu(self.encoders[m](sequence.values)) * sequence.mask[..., None]\n"
    "        mean = steps.sum(1) / sequence.lengths.clamp(min=1)[:, None]\n",
    "mask = sequence.mask if not self.as_published else torch.ones_like(sequence.mask)\n"
    "        steps = torch.relu(self.encoders[m](sequence.values)) * mask[..., None]\n"
    "        mean = steps.sum(1) / mask.sum(1).clamp(min=1)[:, None]\n",
)


def declaring(failures: dict[str, str], *variants: str) -> tuple[str, str]:
    title = '        title="planted by a test",\n'
    return title, f"{title}        variants={variants},\n        known_failures={failures},\n"


BOTH = ("corrected", "as_published")
KNOWN = {"padding_invariance": "the release averages over the padding"}


def outcome(subject, *checks):
    return {r.check: (r.verdict, r.note) for r in run_suite(subject, checks or ("output",))}


def test_a_declared_failure_is_shown_with_its_reason(planted):
    changes = (AS_RELEASED, declaring(KNOWN, *BOTH))
    found = outcome(planted(*changes, variant="as_published"), "padding_invariance", "output")
    assert found == {
        "padding_invariance": ("known failure", "the release averages over the padding"),
        "output": ("passed", ""),
    }
    assert outcome(planted(*changes), "padding_invariance")["padding_invariance"][0] == "passed"


def test_an_undeclared_failure_of_the_release_is_a_failure(planted):
    subject = planted(AS_RELEASED, declaring({}, *BOTH), variant="as_published")
    result = run_check(subject, "padding_invariance")
    assert result.verdict == "FAILED"
    assert result.note.startswith("more padding, untrained model: the logits of utterance ")


def test_a_declared_failure_of_the_corrected_variant_does_not_count(planted):
    subject = planted((MASK, ""), declaring(KNOWN, *BOTH))
    assert run_check(subject, "padding_invariance").verdict == "FAILED"


def test_an_unexpected_pass_is_a_failure(planted):
    subject = planted(declaring(KNOWN, *BOTH), variant="as_published")
    result = run_check(subject, "padding_invariance")
    assert (result.verdict, result.note) == (
        "FAILED",
        "it passes, but the card declares it a known failure: the release averages over the "
        "padding",
    )


def test_with_other_options_than_the_cards_a_pass_is_a_pass(planted):
    subject = planted(declaring(KNOWN, *BOTH), variant="as_published", hidden="8")
    assert run_check(subject, "padding_invariance").verdict == "passed"


def test_declaring_what_is_not_applicable_is_a_failure(planted):
    subject = planted(declaring({"generate": "it cannot"}, *BOTH), variant="as_published")
    result = run_check(subject, "generate")
    assert result.verdict == "FAILED"
    assert result.note.startswith("it is not applicable (it implements no generate), but")


def test_a_declared_name_that_is_no_check_is_a_failure(planted):
    subject = planted(declaring({"padding": "?"}, *BOTH), variant="as_published")
    verdict, note = outcome(subject)["padding"]
    assert verdict == "FAILED"
    assert "there is no such check; did you mean 'padding_invariance'?" in note
    assert set(outcome(planted(declaring({"padding": "?"}, *BOTH)))) == {"output"}


def test_declaring_failures_without_such_a_variant_is_a_failure(planted):
    verdict, note = outcome(planted(declaring(KNOWN, "corrected")))["known_failures"]
    assert verdict == "FAILED"
    assert "only an as_published variant may have" in note


def test_one_cause_that_fails_many_checks_is_told_once(planted):
    broken = ("    def encode", "    def fit(self, session):\n        {}['x']\n\n    def encode")
    found = outcome(planted(broken), "output", "batch_mates", "random_state")
    assert found["output"][1] == (
        "a short training of 3 epochs: it raised KeyError: 'x' (planted.py:41, in fit)"
    )
    assert found["batch_mates"][1] == "the same cause as output"
    assert found["random_state"][1] == "the same cause as output"


LOGITS = "        logits = self.head(hidden)\n"


@pytest.mark.parametrize(
    ("change", "first", "short"),
    [
        ("logits = logits[:, :-1]", "the logits have shape (24, 3)", "the same cause as output"),
        ("logits = logits[0]", "the logits have shape (4,)", "the same cause as output"),
        ("logits = logits * float('inf')", "are NaN or infinite", "NaN or infinite, as in output"),
        ("{}['lost']", "it raised KeyError: 'lost'", "the same cause as output"),
    ],
)
def test_what_is_wrong_in_every_forward_pass_is_told_by_the_first_check(
    planted, change, first, short
):
    changes = (LOGITS, f"{LOGITS}        {change}\n")
    found = outcome(planted(changes), "output", "every_subset", "batch_mates", "gradients")
    assert first in found.pop("output")[1]
    assert set(found.values()) == {("FAILED", short)}


def test_what_random_numbers_explain_is_not_blamed_on_something_else(planted):
    noise = LOGITS + "        logits = logits + 0.1 * torch.randn_like(logits)\n"
    found = outcome(planted((LOGITS, noise)), *CHECKS)
    failed = {name: note for name, (verdict, note) in found.items() if verdict == "FAILED"}
    assert next(iter(failed)) == "random_state"
    assert failed.pop("random_state").startswith("predicting: torch's global random numbers")
    assert {"stateless", "padding_invariance", "batch_mates"} <= set(failed)
    assert set(failed.values()) == {"may follow from random_state; mend that first"}


def test_what_is_drawn_in_training_alone_does_not_excuse_what_else_is_wrong(planted):
    drawn = ("import torch\n", "import numpy as np\nimport torch\n")
    used = (LOGITS, f"{LOGITS}        np.random.rand() if self.training else None\n")
    found = outcome(planted(drawn, used, (MASK, "")), "random_state", "padding_invariance")
    assert found["random_state"][1].startswith("a short training: NumPy's global random numbers")
    assert found["padding_invariance"][1].startswith("more padding, ")


def test_each_check_can_be_called_alone(planted):
    assert check_padding_invariance(planted()) is None
    with pytest.raises(ContractError) as caught:
        check_padding_invariance(planted((MASK, "")))
    assert isinstance(caught.value, AssertionError)
    assert "look at steps beyond lengths in planted.py:35 (forward)" in str(caught.value)


def test_names_of_checks_are_taken_in_the_suites_order_and_unknown_ones_refused():
    assert chosen_checks("gradients, output") == ("output", "gradients")
    for words, said in (("gradient", "Did you mean 'gradients'?"), ("", "Known: batch_mates")):
        with pytest.raises(RequestError) as caught:
            chosen_checks(words)
        assert said in str(caught.value)


def test_subjects_are_every_variant_that_the_card_has_or_the_one_asked_for():
    assert [s.label for s in subjects("emotiwave:units=8,majority")] == [
        "emotiwave:units=8 (corrected)",
        "emotiwave:units=8 (as_published)",
        "majority (corrected)",
    ]
    assert [s.label for s in subjects("emotiwave,majority", "as_published")] == [
        "emotiwave (as_published)"
    ]
    with pytest.raises(RequestError, match="None of majority has the variant as_published"):
        subjects("majority", "as_published")
