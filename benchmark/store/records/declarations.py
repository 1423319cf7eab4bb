"""What models, corpora and protocols declare, as it is stored: the interface's own dataclasses.

Fields that an older file lacks get defaults, and newer fields that nobody uses are not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
    WrapValidator,
)

from emobench.errors import RequestError
from emobench.interface.card import Card as ModelCard
from emobench.interface.card import DatasetCard, ProtocolCard
from emobench.interface.protocol import Condition, Contrast, Regime, Summary


def with_defaults(**defaults: Any) -> WrapValidator:
    """Read an interface dataclass; fields that an older writer did not know get `defaults`."""

    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler({**defaults, **value} if isinstance(value, Mapping) else value)
        except RequestError as error:  # the dataclass itself refuses a value
            raise ValueError(str(error)) from error

    return WrapValidator(read)


def unless(**defaults: Any) -> WrapSerializer:
    """Store an interface dataclass without newer fields that have their `defaults`.

    So the content of records that do not use them stays that of older ones.
    """

    def write(value: Any, handler: SerializerFunctionWrapHandler) -> Any:
        found = handler(value)
        return {k: v for k, v in found.items() if k not in defaults or v != defaults[k]}

    return WrapSerializer(write)


StoredRegime = Annotated[Regime, with_defaults(description=""), unless(standardise="source")]
StoredCondition = Annotated[Condition, with_defaults(description=""), unless(standardise="source")]
StoredSummary = Annotated[Summary, with_defaults(description="", reduce="mean", conditions=())]
StoredContrast = Annotated[Contrast, with_defaults(description="")]
StoredModelCard = Annotated[ModelCard, with_defaults(title="", inputs={})]
StoredProtocolCard = Annotated[ProtocolCard, with_defaults(title="", question="", method="")]
NO_CARD = DatasetCard(name="", title="", classes=(), modalities=(), licence="", obtain="", split="")
StoredDatasetCard = Annotated[
    DatasetCard,
    with_defaults(name="", title="", classes=(), modalities=(), licence="", obtain="", split=""),
]
