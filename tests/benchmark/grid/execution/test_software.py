"""A training's report says what it ran on, and not where."""

from __future__ import annotations

import getpass
import platform
import socket

import numpy as np
import torch

from emobench.grid.execution.software import software
from emobench.store.records import TrainingReport


def test_versions_are_named_and_no_machine_or_person() -> None:
    found = software(torch.device("cpu"))
    assert found["torch"] == torch.__version__
    assert found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()
    assert set(found) == {"emobench", "python", "torch", "numpy", "machine"}
    text = " ".join(found.values())
    assert "/" not in text
    for name in (socket.gethostname(), getpass.getuser()):
        assert name not in text


def test_records_from_before_it_was_kept_stay_as_they_are() -> None:
    old = TrainingReport.model_validate({"params": 3})
    assert old.software == {}
    assert "software" not in old.content()
