"""What is said of a cap on epochs: only where it leaves little, and what is true of every row."""

from __future__ import annotations

from emobench.grid.plan.epoch_cap import Cap, cap_text


def test_a_cap_that_leaves_little_is_said() -> None:
    assert cap_text([]) == []
    assert cap_text([Cap("net", 5, 300, 1500)]) == []
    assert cap_text([Cap("net", 5, 15, 1500), Cap("mlp", 5, 15, 1500)]) == [
        "5 epochs are about 15 of the preset's 1,500 updates: enough to try things out, not to "
        "judge a model"
    ]
    (line,) = cap_text([Cap("net", 1, 15, 1500), Cap("mlp", 1, 900, 1500)])
    assert line.startswith("1 epoch is as few as 15 of the preset's 1,500 updates (net): ")
