"""Models that generate: a sound one, and ones that do it wrongly."""

from __future__ import annotations

import pytest

from emobench.contract import CHECKS, ContractError, check_generate, run_suite

SUPER = "        super().__init__(task, config, variant)\n"
DECODERS = (
    SUPER,
    SUPER + "        self.decoders = nn.ModuleDict(\n"
    "            {m: nn.Linear(config.hidden, task.size(m)) for m in task.modalities}\n"
    "        )\n",
)
GENERATE = """
    def generate(self, batch, modality):
        others = [m for m in self.encoders if m != modality]
        hidden = sum(self.encode(m, batch) for m in others)
        values = self.decoders[modality](hidden)[:, None].repeat(1, 3, 1)
        lengths = torch.full((len(batch),), 3)
        return Sequence(values, lengths)

    def loss(self, output, batch):
        total = super().loss(output, batch)
        for m in self.encoders:
            made = self.generate(batch, m).values.mean(1)
            real = batch[m].values.sum(1) / batch[m].lengths.clamp(min=1)[:, None]
            total = total + ((made - real).square().mean(1) * batch.present[m]).mean()
        return total

    def encode"""
GENERATES = ("\n    def encode", GENERATE)


def test_a_model_that_generates_soundly_passes_everything(planted):
    verdicts = {r.check: (r.verdict, r.note) for r in run_suite(planted(DECODERS, GENERATES))}
    assert verdicts == dict.fromkeys(CHECKS, ("passed", ""))


VALUES = "self.decoders[modality](hidden)[:, None].repeat(1, 3, 1)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "others = [m for m in self.encoders if m != modality]",
            "others = list(self.encoders)",
            "generating text from nothing, untrained model, its own text erased: the values change",
        ),
        (
            "torch.full((len(batch),), 3)",
            "batch[modality].lengths.clamp(1, 3)",
            "its own text is read",
        ),
        ("repeat(1, 3, 1)", "repeat(1, 2, 1)", "lengths run from 3 to 3 with 2 steps of values"),
        ("repeat(1, 3, 1)", "repeat(1, 5, 1)", "values beyond the lengths are not zero"),
        ("torch.full((len(batch),), 3)", "torch.full((len(batch),), 3.0)", "expected int64"),
        (VALUES, VALUES + "[..., :-1]", "expected (8, T,"),
        (VALUES, VALUES + " / 0", "NaN or infinite"),
        (VALUES, VALUES + " + torch.randn(())", "drawn at random"),
        (VALUES, VALUES + " + hidden.mean()", "utterances are mixed"),
        (
            VALUES,
            VALUES + " + sum(bool(batch.present[m].any()) for m in others)",
            "from another subset for each utterance, untrained model: the values change by",
        ),
        (
            VALUES,
            VALUES + " + sum(batch[m].values[:, 0].mean(1)[:, None, None] for m in others)",
            "other values where audio is absent: the values change",
        ),
    ],
)
def test_each_way_to_generate_wrongly_is_said(planted, old, new, said):
    broken = ("\n    def encode", GENERATE.replace(old, new))
    assert GENERATE.replace(old, new) != GENERATE
    with pytest.raises(ContractError, match="generating text from") as caught:
        check_generate(planted(DECODERS, broken))
    assert said in str(caught.value)
