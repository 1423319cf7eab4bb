"""The base of every stored record, and the version of what is stored."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

FORMAT = 1
"""The version of the grid records that this emobench writes and reads."""


class Record(BaseModel):
    """Base of every stored record.

    Fields that the writer does not set are not stored. So a new field does not change the content,
    and with it the name, of records that do not use it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    def content(self) -> dict[str, Any]:
        """Return the fields that were set, as plain data for JSON."""
        return self.model_dump(mode="json", exclude_unset=True)
