"""Models that are broken on purpose, each caught by the check that is meant for it."""

from __future__ import annotations

import pytest

from emobench.contract import CHECKS, run_suite

HIDDEN = "        hidden = sum(self.encode(m, batch) for m in self.encoders)\n"
LOGITS = "        logits = self.head(hidden)\n"
OUTPUT = "        return Output(logits)\n"
SUPER = "        super().__init__(task, config, variant)\n"
MEAN = "        mean = steps.sum(1) / sequence.lengths.clamp(min=1)[:, None]\n"
END = "        return mean * batch.present[m][:, None]\n"
MASKED = " * sequence.mask[..., None]"
IMPORT = "import torch\n"


def failures(subject):
    return {r.check: r.note for r in run_suite(subject) if r.verdict == "FAILED"}


def test_a_sound_model_passes_everything(planted):
    results = list(run_suite(planted()))
    assert [r.check for r in results] == list(CHECKS)
    assert {r.check: r.verdict for r in results if r.verdict != "passed"} == {
        "generate": "not applicable"
    }
    assert sum(r.seconds for r in results) < 60


# name: changes of the text, the check that is meant for it, others that see it too, and what
# the failure's line must say.
BROKEN = {
    "reads erased values": (
        [(END, "        return mean + self.encoders[m](sequence.values[:, 0])\n")],
        "erased_values", set(), "other values where text is absent",
    ),
    "reads the labels": (
        [(LOGITS, LOGITS + "        logits = logits + nn.functional.one_hot(batch.labels, 4)\n")],
        "erased_values", set(), "other labels and ids",
    ),
    "subtracts the batch's mean": (
        [(HIDDEN, HIDDEN + "        hidden = hidden - 0.01 * hidden.mean(dim=0)\n")],
        "batch_mates", {"batch_of_one"}, "batch mates instead of 23",
    ),
    "normalises with the batch's statistics": (
        [(HIDDEN, HIDDEN + "        hidden = nn.functional.batch_norm(hidden, None, None, "
                           "training=True)\n")],
        "batch_mates", {"batch_of_one"}, "statistics or mixing over the batch's first axis",
    ),
    "averages over the padding": (
        [(MASKED, ""), (MEAN, "        mean = steps.mean(1)\n")],
        "padding_invariance", set(), "more padding",
    ),
    "sums values that it takes to be zero in the padding": (
        [("steps = torch.relu(self.encoders[m](sequence.values)) * sequence.mask[..., None]",
          "steps = nn.functional.linear(sequence.values, self.encoders[m].weight)"),
         (END, "        mean = mean + self.encoders[m].bias\n" + END)],
        "padding_invariance", set(), "other values in the padding of text",
    ),
    "detaches a branch": (
        [(END, "        return (mean.detach() if m == 'audio' else mean) * "
               "batch.present[m][:, None]\n")],
        "gradients", set(), "encoders.audio.weight, encoders.audio.bias",
    ),
    "builds a layer that nothing uses": (
        [(SUPER, SUPER + "        self.spare = nn.Linear(3, 3)\n")],
        "gradients", set(), "2 of 10 parameters never got a gradient: spare.weight",
    ),
    "draws from NumPy while it trains": (
        [(IMPORT, "import numpy as np\n" + IMPORT),
         (HIDDEN, HIDDEN + "        if self.training:\n"
                           "            hidden = hidden * (1 + 0.1 * np.random.rand())\n")],
        "random_state", {"same_seed"}, "NumPy's global random numbers",
    ),
    "shuffles with Python's random numbers": (
        [(IMPORT, "import random\n" + IMPORT),
         ("    def encode", "    def fit(self, session):\n"
                           "        random.shuffle([1, 2, 3])\n"
                           "        session.loop(self)\n\n"
                           "    def encode")],
        "random_state", set(), "Python's global random numbers were used or seeded; look at "
                               "planted.py:",
    ),
    "seeds torch when it is built": (
        [(SUPER, SUPER + "        torch.manual_seed(0)\n")],
        "random_state", set(), "planted.py:30; leave the seed to the harness",
    ),
    "changes a setting of the process": (
        [(SUPER, SUPER + "        torch.backends.cudnn.benchmark = True\n")],
        "random_state", set(), "look at planted.py:30",
    ),
    "adds noise in evaluation": (
        [(HIDDEN, HIDDEN + "        hidden = hidden + 0.1 * torch.randn_like(hidden)\n")],
        "random_state", set(CHECKS) - {"gradients", "learns_by_heart", "output"},
        "draw nothing in evaluation",
    ),
    "drops the batch's axis where it is one": (
        [(LOGITS, "        logits = self.head(hidden).squeeze(0)\n")],
        "batch_of_one", set(), "the logits have shape (4,), expected (1, 4)",
    ),
    "cannot train on one utterance": (
        [(SUPER, SUPER + "        self.norm = nn.BatchNorm1d(config.hidden)\n"),
         (HIDDEN, HIDDEN + "        hidden = self.norm(hidden)\n")],
        "batch_of_one", set(), "training on a single utterance: it raised ValueError: Expected "
                               "more than 1 value per channel",
    ),
    "divides by the length of what is absent": (
        [(MEAN, MEAN.replace(".clamp(min=1)", "")), (END, "        return mean\n")],
        "every_subset", set(CHECKS), "NaN or infinite",
    ),
    "keeps the last call's mean": (
        [(SUPER, SUPER + "        self.last = 0.0\n"),
         (LOGITS, "        previous, self.last = self.last, hidden.mean().detach()\n"
                  "        logits = self.head(hidden + 0.1 * previous)\n")],
        "stateless", set(CHECKS) - {"gradients", "output", "learns_by_heart"},
        "the same batch twice with another between",
    ),
    "counts calls in a buffer": (
        [(SUPER, SUPER + "        self.register_buffer('calls', torch.zeros(()))\n"),
         (HIDDEN, HIDDEN + "        self.calls += 1\n")],
        "stateless", set(), "calls changed in evaluation",
    ),
    "returns a class too few": (
        [(LOGITS, LOGITS + "        logits = logits[:, :-1]\n")],
        "output", set(CHECKS), "expected (24, 4)",
    ),
    "gives weight to what is absent": (
        [(OUTPUT, "        third = {m: torch.full((len(batch),), 1 / 3) for m in batch.present}\n"
                  "        return Output(logits, third)\n")],
        "output", set(), "text weighs 0.33 where it is absent",
    ),
    "has weights that do not sum to one": (
        [(OUTPUT, "        half = {m: p * 0.5 for m, p in batch.present.items()}\n"
                  "        return Output(logits, half)\n")],
        "output", set(), "sum to 1.5, not to 1",
    ),
    "needs two steps": (
        [("self.encoders[m](sequence.values)", "self.encoders[m](nn.functional.avg_pool1d("
          "sequence.values.mT, 2, 1).mT)"), (MASKED, " * sequence.mask[:, 1:, None]")],
        "ragged_lengths", set(CHECKS), "it raised RuntimeError",
    ),
    "keeps what it needs outside of the checkpoint": (
        [(SUPER, SUPER + "        self.register_buffer('shift', torch.randn(config.hidden), "
                         "persistent=False)\n"),
         (HIDDEN, HIDDEN + "        hidden = hidden + self.shift\n")],
        "save_and_load", set(), "loading it into one built with another seed",
    ),
    "cannot be loaded": (
        [("    def encode", "    def fit(self, session):\n"
                            "        self.late = nn.Linear(2, 2)\n"
                            "        session.loop(self)\n\n    def encode")],
        "save_and_load", set(), "late.weight",
    ),
    "starts otherwise each time": (
        [("        self.head =", "        chance = torch.Generator()\n        chance.seed()\n"
          "        with torch.no_grad():\n"
          "            self.encoders['text'].bias.normal_(generator=chance)\n"
          "        self.head =")],
        "same_seed", set(), "encoders.text.bias differs",
    ),
    "draws its batches otherwise each time": (
        [("    def encode", "    def fit(self, session):\n"
                            "        chance = torch.Generator()\n        chance.seed()\n"
                            "        with torch.no_grad():\n"
                            "            self.head.bias.normal_(generator=chance)\n"
                            "        session.loop(self)\n\n    def encode")],
        "same_seed", set(), "the same short training twice",
    ),
    "says that seeds change nothing": (
        [('        title="planted by a test",\n',
          '        title="planted by a test",\n        deterministic=True,\n')],
        "same_seed", set(), "deterministic=True",
    ),
    "cannot learn": (
        [("learning_rate: float = 1e-2", "learning_rate: float = 1e-7")],
        # A step that no search would try.
        "learns_by_heart", {"search_space"}, "are expected, the loss went from 1.",
    ),
    "does not train at all": (
        [("    def encode", "    def fit(self, session):\n        pass\n\n    def encode")],
        "gradients", {"learns_by_heart"}, "it makes no backward pass, and encoders.text.weight is",
    ),
    "raises": (
        [(HIDDEN, HIDDEN + "        {}['lost']\n")],
        "output", set(CHECKS), "it raised KeyError: 'lost' (planted.py:37, in forward)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", BROKEN)
def test_each_defect_is_caught_by_the_check_meant_for_it(planted, defect):
    changes, meant, others, said = BROKEN[defect]
    failed = failures(planted(*changes))
    assert meant in failed
    assert set(failed) <= {meant} | others
    assert said in failed[meant]
    assert "\n" not in failed[meant]
