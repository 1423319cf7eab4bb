"""The command line."""

from __future__ import annotations

import gc

# What a command imports stays, so that looking through it for garbage at Python's own pace finds
# none: it is a tenth of what the quick commands cost.
gc.set_threshold(50_000, 10, 10)
