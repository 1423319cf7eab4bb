"""A model with the weights of its training, built without the corpus."""

from __future__ import annotations

from typing import Any

import torch

from emobench.conditions.learned_fill import learn_to_fill
from emobench.discovery.registry import Entry
from emobench.errors import RequestError, Skip
from emobench.inference.description import Description
from emobench.interface.model import Model, build_model
from emobench.randomness import training_seeds
from emobench.training.seeding import seeded


def trained_network(
    entry: Entry, about: Description, weights: dict[str, Any], device: torch.device
) -> Model:
    """Build the model of `about` with `weights`, ready to predict.

    Raises
    ------
    RequestError
        Its code, its pretrained backbone or its weights do not fit.
    """
    spec, kind = about.spec, entry.load()
    try:
        config = kind.Config(**spec.config)
    except TypeError as error:
        raise RequestError(
            f"The configuration of the training does not fit {entry.path.name} ({error}): its code "
            "is another one."
        ) from None
    try:
        with seeded(training_seeds(spec.model, spec.fold, spec.seed).start):
            model = build_model(kind, about.task, config, spec.variant)
            if about.fill_lengths:
                learn_to_fill(model, about.fill_lengths)
    except Skip as error:
        raise RequestError(f"{spec.model} cannot be built here: {error}.") from None
    try:
        model.load_state_dict(weights)
    except (RuntimeError, KeyError) as error:
        first = str(error).strip().splitlines()
        raise RequestError(
            f"The weights of {about.key} do not fit {entry.path.name} "
            f"({(first[-1] if first else 'no reason given').strip()}): its code is another one."
        ) from None
    return model.to(device).eval()
