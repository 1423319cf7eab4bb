"""What is recorded of how a result came about says what can change it, and no more."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emobench.denormals import denormals_flushed
from emobench.provenance.circumstances import circumstances
from emobench.provenance.view_digests import mask_digest

CPU = torch.device("cpu")


def test_settings_that_change_sums_are_in_it_and_names_of_machines_are_not() -> None:
    before = circumstances(CPU)
    assert {"emobench", "source", "torch", "numpy", "processor", "instructions", "threads"} <= set(before)  # fmt: skip  # noqa: E501
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        with denormals_flushed():
            after = circumstances(CPU)
    finally:
        torch.set_num_threads(threads)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"threads", "denormals flushed"}
    told = "".join(before.values())
    for secret in (socket.gethostname(), str(Path.home())):
        assert secret not in told
    assert getpass.getuser() not in before.values()


def test_a_mask_of_other_utterances_or_modalities_has_another_digest() -> None:
    mask = np.array([[True, False], [True, True]])
    cases: list[tuple[Any, ...]] = [
        (["a", "b"], ["text", "audio"], mask),
        (["b", "a"], ["text", "audio"], mask),
        (["a", "b"], ["audio", "text"], mask),
        (["a", "b"], ["text", "audio"], ~mask),
        (["a", "b", "text"], ["audio"], np.ones((3, 1), bool)),
    ]
    assert len({mask_digest(*case) for case in cases}) == len(cases)
    assert mask_digest(*cases[0]) == mask_digest(*cases[0])
