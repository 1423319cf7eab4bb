"""Every check of a protocol catches a broken one; ours and the scaffold pass all."""

from __future__ import annotations

from pathlib import Path
from string import Template

import pytest

import emobench.cli
from emobench.contract.extensions.examination import examine
from emobench.discovery.registry import from_path, registry
from emobench.grid.plan.protocol_checks import CHECKS, examination


def scaffold() -> str:
    path = Path(emobench.cli.__file__).parent / "templates" / "protocol.py.txt"
    return Template(path.read_text()).substitute(name="mine", class_name="Mine")


def verdicts(text: str, folder: Path, **options: str) -> dict[str, tuple[str, str]]:
    (folder / "mine.py").write_text(text)
    (entry,) = from_path("protocol", folder / "mine.py")
    return {r.check: (r.verdict, r.note) for r in examine(examination(entry, options))}


@pytest.mark.parametrize("name", registry("protocol"))
def test_ours_pass_every_check(name):
    found = {r.check: r.note for r in examine(examination(registry("protocol")[name], {}))}
    assert found == dict.fromkeys(CHECKS, "")


@pytest.mark.parametrize("options", [{}, {"drop": "0.5"}])
def test_the_scaffold_passes_every_check(tmp_path, options):
    found = {
        name: verdict for name, (verdict, _) in verdicts(scaffold(), tmp_path, **options).items()
    }
    assert found == dict.fromkeys(CHECKS, "passed")


ALL = 'everything = Condition("full", "all modalities", setting.modalities, role="real")'
GONE = 'return Condition(f"no_{modality}", f"without {modality}", rest, role="subset")'
NAMES = 'names = tuple(f"no_{m}" for m in self._taken(setting))'
QUESTION = 'question="What is left when one modality is missing?"'
PLACE = "    def conditions("
TRIALS = """    def trials(self, setting):
        from emobench import Trial
        full, drop = self.regimes(setting)
        return [{}]

    def summaries(self, setting):
        return []

    def conditions("""
SKIPPED = TRIALS.format("Trial(full, Condition('a', 'b'), skip='no')")
TWO = TRIALS.format("Trial(full, Condition('a', 'b')), Trial(drop, Condition('a', 'b', rate=0.2))")
DRAWN = "; import random; everything = Condition(str(random.random()), 'x')"
BROKEN = {
    "no protocol": ("class Mine(Protocol)", "class Mine", "opens", "not derived from"),
    "no question": (QUESTION, 'question=" "', "opens", "question is empty"),
    "no tuple": (ALL, ALL.replace("modalities,", "modalities[0],"), "trials", "is a tuple"),
    "an unknown role": (ALL, ALL.replace("real", "reel"), "trials", "Did you mean 'real'"),
    "a row twice": (ALL, ALL + "; return [everything, everything]", "trials", "asks twice"),
    "a summary of nothing": (NAMES, 'names = ("no_smell",)', "trials", "no_smell"),
    "all skipped": (PLACE, SKIPPED, "does_something", "each is skipped"),
    "no words": (ALL, ALL.replace("all modalities", ""), "described", "condition has no desc"),
    "at random": (ALL, ALL + DRAWN, "same_again", "they are others"),
    "one name for two": (PLACE, TWO, "names", "are called 'a', which differ in rate"),
    "not there": (GONE, GONE.replace("rest,", "('vision',),"), "modalities", "vision alone"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_caught(tmp_path, what):
    old, new, check, said = BROKEN[what]
    text = scaffold()
    assert text.count(old) == 1
    text = text.replace(old, new)
    if old == PLACE:
        text = text.replace("def summaries(self, setting: Setting)", "def others(self, setting)")
    verdict, note = verdicts(text, tmp_path)[check]
    assert verdict == "FAILED"
    assert said in note


def test_an_option_that_cannot_be_typed_is_caught(tmp_path):
    text = scaffold().replace("drop: float = 0.3", "drop: float = None")
    text = text.replace("drop = self.options.drop", "drop = self.options.drop or 0.2")
    verdict, note = verdicts(text, tmp_path)["options"]
    assert verdict == "FAILED"
    assert "drop=None" in note
