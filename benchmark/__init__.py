"""emobench: what published multimodal emotion recognition architectures really score.

The public names are listed in ``__init__.pyi``. Each is loaded when it is first used, so that
``emobench --help`` does not wait for torch.
"""

from __future__ import annotations

import os

import lazy_loader

from emobench.import_guard import hide_repository_folders

hide_repository_folders()

if os.environ.get("EMOBENCH_OFFLINE"):  # of `emobench.internet.guard`, which most need not import
    from emobench.internet.guard import go_offline, is_offline

    if is_offline():
        go_offline()

__version__ = "0.1.0"

__getattr__, _, _public = lazy_loader.attach_stub(__name__, __file__)

__all__ = ["__version__", *_public]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
