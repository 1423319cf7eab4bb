"""Devices by the names that are typed."""

from __future__ import annotations

import torch

from emobench.training.device import choose_device


def test_devices_are_chosen_by_name() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cuda:1") == torch.device("cuda", 1)
