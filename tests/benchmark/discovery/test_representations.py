from __future__ import annotations

import pytest

from emobench import MODALITIES, RequestError
from emobench.discovery.registry import registry
from emobench.discovery.representations import representation, representations, source_of

SOURCES = {"transcript", "waveform", "frames", "action_units"}


def test_names_are_unique_and_every_one_goes_back_to_a_source():
    found = representations()
    assert {"tokens", "word_vectors", "log_mel", "mfcc", "prosody"} <= set(found)
    for name, kind in found.items():
        assert kind.name == name
        assert kind.modality in MODALITIES
        assert source_of(name) in SOURCES | {f"expressed_{m}" for m in MODALITIES}


def test_an_unknown_representation_gets_a_suggestion():
    with pytest.raises(RequestError, match=r"Unknown representation 'mfc'. Did you mean 'mfcc'"):
        representation("mfc")


@pytest.mark.parametrize("name", registry("model"))
def test_the_controlled_inputs_of_every_model_exist(name):
    for modality, slots in registry("model")[name].card.inputs.items():
        for slot in slots:
            for option in slot.split("|"):
                assert representation(option).modality == modality
