from __future__ import annotations

import pytest

from emobench import MODALITIES, RequestError
from emobench.discovery.registry import from_path, registry
from emobench.discovery.representations import (
    check_inputs,
    representation,
    representations,
    source_of,
)

SOURCES = {"transcript", "waveform", "frames", "action_units"}


def test_names_are_unique_and_every_one_goes_back_to_a_source():
    found = representations()
    assert {"tokens", "word_vectors", "log_mel", "mfcc", "prosody"} <= set(found)
    for name, kind in found.items():
        assert kind.name == name
        assert kind.modality in MODALITIES
        if not (kind.given or kind.reference_only):
            assert source_of(name) in SOURCES


def test_an_unknown_representation_gets_a_suggestion():
    with pytest.raises(RequestError, match=r"Unknown representation 'mfc'. Did you mean 'mfcc'"):
        representation("mfc")


def asking(path, inputs, kind="own", field="inputs"):
    fields = {"inputs": {}} | {field: inputs}
    words = ", ".join(f"{k}={v!r}" for k, v in fields.items())
    card = f"Card(name='some', title='t', kind={kind!r}, {words})"
    path.write_text(f"class Some(Model):\n    card = {card}\n")
    (entry,) = from_path("model", path)
    return entry


@pytest.mark.parametrize("field", ["inputs", "published_inputs"])
@pytest.mark.parametrize("slot", ["expressed_text", "tokens|expressed_text"])
def test_hidden_evidence_is_for_reference_rows_alone(tmp_path, field, slot):
    inputs = {"text": (slot,)}
    entry = asking(tmp_path / "cheat.py", inputs, field=field)
    with pytest.raises(RequestError, match=r"^cheat.py, text on its card: expressed_text is for"):
        check_inputs(entry, "controlled")
    check_inputs(asking(tmp_path / "row.py", inputs, "reference", field), "controlled")


def test_an_unknown_one_is_said_with_file_and_modality_and_what_a_model_may_read(tmp_path):
    entry = asking(tmp_path / "mine.py", {"text": ("tokens",), "audio": ("mfc",)})
    with pytest.raises(RequestError) as caught:
        check_inputs(entry, "controlled")
    said = str(caught.value)
    assert said.startswith("mine.py, audio on its card: Unknown representation 'mfc'. Did you mean")
    assert "prosody" in said
    assert not any(name in said for name in ("expressed_audio", "expressed_text", "word_vectors"))
    with pytest.raises(RequestError) as caught:
        representation("expresed_text")
    assert "expressed_" not in str(caught.value)


@pytest.mark.parametrize("name", registry("model"))
def test_the_controlled_inputs_of_every_model_exist(name):
    for modality, slots in registry("model")[name].card.inputs.items():
        for slot in slots:
            for option in slot.split("|"):
                assert representation(option).modality == modality
