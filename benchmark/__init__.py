"""emobench: what published multimodal emotion recognition architectures really score.

The public names below are loaded when they are first used, so that ``emobench --help`` does
not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from emobench.import_guard import hide_repository_folders

hide_repository_folders()

__version__ = "0.1.0"

_HOMES = {
    "MODALITIES": "emobench.modality",
    "ordered": "emobench.modality",
    "subset_name": "emobench.modality",
    "EmobenchError": "emobench.errors",
    "RequestError": "emobench.errors",
    "DataError": "emobench.errors",
    "ModelError": "emobench.errors",
    "Skip": "emobench.errors",
    "unknown": "emobench.errors",
    "CANONICAL": "emobench.interface.card",
    "Card": "emobench.interface.card",
    "DatasetCard": "emobench.interface.card",
    "ProtocolCard": "emobench.interface.card",
    "PublishedSetting": "emobench.interface.card",
    "SEVERITIES": "emobench.interface.protocol",
    "Contrast": "emobench.interface.protocol",
    "Corruption": "emobench.interface.protocol",
    "Replacement": "emobench.interface.protocol",
    "Setting": "emobench.interface.protocol",
    "Target": "emobench.interface.protocol",
    "Trial": "emobench.interface.protocol",
    "CORRUPTIONS": "emobench.corruption.registry",
    "FILLS": "emobench.interface.protocol",
    "FLAWS": "emobench.corpus.leakage.flawed_splits",
    "GENERATORS": "emobench.interface.protocol",
    "Condition": "emobench.interface.protocol",
    "Protocol": "emobench.interface.protocol",
    "Regime": "emobench.interface.protocol",
    "Summary": "emobench.interface.protocol",
    "ClipError": "emobench.interface.dataset",
    "Dataset": "emobench.interface.dataset",
    "Folders": "emobench.interface.dataset",
    "Noted": "emobench.interface.dataset",
    "FACE_SIZE": "emobench.interface.dataset",
    "FRAME_RATE": "emobench.interface.dataset",
    "SAMPLE_RATE": "emobench.interface.dataset",
    "FeatureTable": "emobench.intake.features",
    "open_features": "emobench.intake.features",
    "read_pickle": "emobench.intake.pickles",
    "Parts": "emobench.intake.parts",
    "unpack_parts": "emobench.intake.unpack",
    "map_labels": "emobench.intake.tables",
    "read_csv": "emobench.intake.tables",
    "Representation": "emobench.interface.representation",
    "FittedRepresentation": "emobench.interface.representation",
    "Batch": "emobench.interface.batch",
    "Output": "emobench.interface.batch",
    "Sequence": "emobench.interface.batch",
    "Model": "emobench.interface.model",
    "Task": "emobench.interface.model",
    "TrainingConfig": "emobench.interface.model",
    "Session": "emobench.training.session",
    "Features": "emobench.backbones.features",
    "ImageBackbone": "emobench.backbones.image",
    "SpeechBackbone": "emobench.backbones.speech",
    "TextBackbone": "emobench.backbones.text",
    "texts": "emobench.backbones.text",
    "RaggedLSTM": "emobench.layers.recurrent",
    "PROJECTION_SEED": "emobench.randomness",
    "draw_key": "emobench.randomness",
    "random_stream": "emobench.randomness",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'emobench' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from emobench.backbones.features import Features as Features
    from emobench.backbones.image import ImageBackbone as ImageBackbone
    from emobench.backbones.speech import SpeechBackbone as SpeechBackbone
    from emobench.backbones.text import TextBackbone as TextBackbone
    from emobench.backbones.text import texts as texts
    from emobench.corpus.leakage.flawed_splits import FLAWS as FLAWS
    from emobench.corruption.registry import CORRUPTIONS as CORRUPTIONS
    from emobench.errors import DataError as DataError
    from emobench.errors import EmobenchError as EmobenchError
    from emobench.errors import ModelError as ModelError
    from emobench.errors import RequestError as RequestError
    from emobench.errors import Skip as Skip
    from emobench.errors import unknown as unknown
    from emobench.intake.features import FeatureTable as FeatureTable
    from emobench.intake.features import open_features as open_features
    from emobench.intake.parts import Parts as Parts
    from emobench.intake.pickles import read_pickle as read_pickle
    from emobench.intake.tables import map_labels as map_labels
    from emobench.intake.tables import read_csv as read_csv
    from emobench.intake.unpack import unpack_parts as unpack_parts
    from emobench.interface.batch import Batch as Batch
    from emobench.interface.batch import Output as Output
    from emobench.interface.batch import Sequence as Sequence
    from emobench.interface.card import CANONICAL as CANONICAL
    from emobench.interface.card import Card as Card
    from emobench.interface.card import DatasetCard as DatasetCard
    from emobench.interface.card import ProtocolCard as ProtocolCard
    from emobench.interface.card import PublishedSetting as PublishedSetting
    from emobench.interface.dataset import FACE_SIZE as FACE_SIZE
    from emobench.interface.dataset import FRAME_RATE as FRAME_RATE
    from emobench.interface.dataset import SAMPLE_RATE as SAMPLE_RATE
    from emobench.interface.dataset import ClipError as ClipError
    from emobench.interface.dataset import Dataset as Dataset
    from emobench.interface.dataset import Folders as Folders
    from emobench.interface.dataset import Noted as Noted
    from emobench.interface.model import Model as Model
    from emobench.interface.model import Task as Task
    from emobench.interface.model import TrainingConfig as TrainingConfig
    from emobench.interface.protocol import FILLS as FILLS
    from emobench.interface.protocol import GENERATORS as GENERATORS
    from emobench.interface.protocol import SEVERITIES as SEVERITIES
    from emobench.interface.protocol import Condition as Condition
    from emobench.interface.protocol import Contrast as Contrast
    from emobench.interface.protocol import Corruption as Corruption
    from emobench.interface.protocol import Protocol as Protocol
    from emobench.interface.protocol import Regime as Regime
    from emobench.interface.protocol import Replacement as Replacement
    from emobench.interface.protocol import Setting as Setting
    from emobench.interface.protocol import Summary as Summary
    from emobench.interface.protocol import Target as Target
    from emobench.interface.protocol import Trial as Trial
    from emobench.interface.representation import FittedRepresentation as FittedRepresentation
    from emobench.interface.representation import Representation as Representation
    from emobench.layers.recurrent import RaggedLSTM as RaggedLSTM
    from emobench.modality import MODALITIES as MODALITIES
    from emobench.modality import ordered as ordered
    from emobench.modality import subset_name as subset_name
    from emobench.randomness import PROJECTION_SEED as PROJECTION_SEED
    from emobench.randomness import draw_key as draw_key
    from emobench.randomness import random_stream as random_stream
    from emobench.training.session import Session as Session
