"""``emobench check`` as a user calls it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emobench.cli.app import main
from emobench.contract import CHECKS
from emobench.contract.verdicts import read_verdict
from emobench.discovery.registry import from_path

Outcome = tuple[int, list[str], str]

MODEL = """
import torch
from emobench import Card, Model, Output

class {name}(Model):
    card = Card(
        name="{name}", title="t", inputs={{"text": ("{reads}",)}},
        variants=("corrected", "as_published"), known_failures={{"gradients": "nothing learns"}},
    )

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.bias = torch.nn.Parameter(torch.zeros(len(task.classes)))

    def forward(self, batch):
        {body}
        return Output(self.bias.expand(len(batch), -1))
"""


@pytest.fixture
def check(monkeypatch, capsys, tmp_path) -> Callable[..., Outcome]:
    """Run ``emobench check`` in this process: exit status, lines of output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "cache"))

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["emobench", "check", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out.splitlines(), captured.err

    return call


def write(folder: Path, name: str, body: str = "pass", reads: str = "tokens") -> Path:
    path = folder / f"{name}.py"
    path.write_text(MODEL.format(name=name, body=body, reads=reads))
    return path


def verdicts(lines: list[str]) -> list[tuple[str, str]]:
    found = [re.match(r"  (\w+) +(passed|FAILED|known failure|not applicable) ", x) for x in lines]
    return [(m[1], m[2]) for m in found if m]


def test_every_check_is_shown_by_name_with_its_time_and_a_reference_row_passes(check):
    status, lines, _ = check("majority")
    assert status == 0
    assert lines[0] == "majority (corrected)"
    assert [name for name, _ in verdicts(lines)] == list(CHECKS)
    assert all(re.search(r" \d+\.\d s", line) for line in lines[1:-1])
    assert "not applicable     0.0 s  it has no trainable parameters" in "\n".join(lines)
    assert lines[-1] == "16 checks: 10 passed, 6 not applicable"


def test_a_failure_is_one_line_and_status_one(check, tmp_path):
    path = write(tmp_path, "raises", "raise KeyError('lost')")
    status, lines, errors = check(path, "--checks", "output,stateless", "--variant", "corrected")
    assert status == 1
    assert verdicts(lines) == [("output", "FAILED"), ("stateless", "FAILED")]
    assert lines[1].endswith(
        "24 utterances, untrained model: it raised KeyError: 'lost' (raises.py:16, in forward)"
    )
    assert lines[-1] == "2 checks: 2 FAILED"
    assert "Traceback" not in "\n".join(lines) + errors


def test_both_variants_are_checked_and_a_pass_against_the_card_is_a_failure(check, tmp_path):
    status, lines, _ = check(write(tmp_path, "better"), "--checks", "gradients")
    assert status == 1
    assert (lines[0], lines[2]) == ("better (corrected)", "better (as_published)")
    assert verdicts(lines) == [("gradients", "passed"), ("gradients", "FAILED")]
    assert lines[3].endswith("it passes, but the card declares it a known failure: nothing learns")
    assert lines[-1] == "2 checks of 2 variants: 1 passed, 1 FAILED"


def test_a_failure_that_the_card_declares_is_shown_with_its_reason(check, tmp_path):
    path = write(tmp_path, "frozen", "self.bias.grad = None; self.bias.requires_grad = False")
    status, lines, _ = check(path, "--checks", "gradients", "--variant", "as_published")
    assert status == 0
    assert verdicts(lines) == [("gradients", "known failure")]
    assert lines[1].endswith("nothing learns")


def test_several_names_commas_and_options(check):
    words = ("emotiwave:units=8:fusion=attention,majority", "oracle", "--checks", "output")
    status, lines, _ = check(*words, "--variant", "corrected")
    assert status == 0
    assert [x for x in lines if not x.startswith(" ")][:3] == [
        "emotiwave:units=8:fusion=attention (corrected)",
        "majority (corrected)",
        "oracle (corrected)",
    ]


def test_models_without_the_variant_asked_for_are_named(check, tmp_path):
    words = (write(tmp_path, "mine"), "majority", "--checks", "output")
    status, lines, _ = check(*words, "--variant", "as_published")
    assert status == 0
    assert "majority has no variant as_published: not checked" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["emotivawe"], "Unknown model 'emotivawe'. Did you mean 'emotiwave'?"),
        (["emotiwave:unit=3"], "Did you mean 'units'?"),
        (["majority", "--checks", "outputs"], "Unknown check 'outputs'. Did you mean 'output'?"),
        (["majority", "--variant", "corected"], "Did you mean 'corrected'?"),
        (["majority", "--variant", "as_published"], "has the variant as_published"),
        (["majority", "--track", "publish"], "Did you mean 'published'?"),
        (["nowhere.py"], "There is no file nowhere.py"),
        (["majority", "--backbone", "text=x"], "none of the models has a text backbone"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_sentence_and_status_two(check, words, said):
    status, lines, errors = check(*words)
    assert (status, lines) == (2, [])
    assert said in errors
    assert errors.startswith("error: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MODEL.format(name="m", body="pass", reads="smells"),
         "m.py, text on its card: Unknown representation 'smells'"),
        (MODEL.format(name="m", body="pass", reads="expressed_text"),
         "m.py, text on its card: expressed_text is for reference rows alone"),
        ("import torch\n1 / 0\n" + MODEL.format(name="m", body="pass", reads="tokens"),
         "cannot be imported: ZeroDivisionError"),
        (MODEL.format(name="m", body="pass", reads="tokens").replace("(Model)", ""),
         "m.py: m has a model's card but is not derived from emobench.Model."),
        (MODEL.format(name="m", body="(", reads="tokens"), "not valid Python"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_usable_model_is_one_sentence(check, tmp_path, text, said):
    (tmp_path / "m.py").write_text(text)
    status, _, errors = check("m.py")
    assert status == 2
    assert said in errors


def test_the_verdict_is_kept_unless_some_checks_alone_pass(check, tmp_path):
    path, cache = write(tmp_path, "mine"), tmp_path / "here"
    (entry,) = from_path("model", path)
    words = (path, "--variant", "corrected", "--cache-dir", cache, "--checks")
    check(*words, "output")
    assert read_verdict(cache, entry, {}, "corrected", "controlled").state == "unchecked"
    check(*words, "output,learns_by_heart")
    kept = read_verdict(cache, entry, {}, "corrected", "controlled")
    assert (kept.state, kept.failed) == ("failed", ("learns_by_heart",))
    assert check(path, "--checks", "output", "--variant", "corrected")[1][-1] == "1 check: 1 passed"


def test_a_model_that_comes_with_emobench_gets_no_verdict(check, tmp_path):
    check("majority", "--cache-dir", tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_the_command_says_what_it_takes_and_needs_no_torch_for_that(cli):
    outcome = cli("check", "--help")
    assert outcome.returncode == 0
    assert "--variant" in outcome.stdout
    assert "--checks" in outcome.stdout
