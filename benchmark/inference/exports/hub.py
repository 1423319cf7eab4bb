"""Uploads an exported model to the Hugging Face Hub; nothing else here connects to anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from emobench.errors import RequestError
from emobench.inference.exports.folder import files_of
from emobench.internet.guard import need_network

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def push_folder(folder: Path, repository: str, private: bool = True, api: Any = None) -> str:
    """Upload the files of an exported model; return the address of the upload.

    Parameters
    ----------
    folder
        The exported folder; what else lies there is not uploaded.
    repository
        ``USER/NAME``; it is created if need be.
    private
        Whether a new repository is for its owner alone.
    api
        Stands for `huggingface_hub.HfApi`.

    Raises
    ------
    RequestError
        The name makes no sense, there is no network, or the hub refuses.
    """
    if not REPOSITORY.fullmatch(repository):
        raise RequestError(f"A repository of the hub is written USER/NAME; {repository!r} is not.")
    need_network(f"Uploading to {repository}")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    client = api or HfApi()
    names = [path.name for path in files_of(folder)]
    try:
        client.create_repo(repository, private=private, exist_ok=True, repo_type="model")
        done = client.upload_folder(
            repo_id=repository, folder_path=folder, allow_patterns=names, repo_type="model",
            commit_message="emobench export",
        )  # fmt: skip
    except LocalTokenNotFoundError:
        raise _refused(folder, "this machine has no token", login=True) from None
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        first = str(error).strip().splitlines()
        why = f"the hub refused ({status}: {first[0] if first else 'no reason given'})"
        raise _refused(folder, why, login=status in (401, 403)) from None
    except Exception as error:  # httpx, requests and the system each have errors of their own
        if not _is_of_network(error):
            raise
        raise _refused(folder, f"the hub cannot be reached ({type(error).__name__})") from None
    return str(getattr(done, "commit_url", done))


def _is_of_network(error: Exception) -> bool:
    """Whether an error says that there is no way to the hub."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"ConnectError", "ConnectionError", "TransportError", "TimeoutException",
                         "Timeout", "gaierror", "OfflineModeIsEnabled"})  # fmt: skip


def _refused(folder: Path, why: str, login: bool = False) -> RequestError:
    remedy = " Log in with `hf auth login`, or set HF_TOKEN to a token that may write." * login
    return RequestError(
        f"Nothing was uploaded: {why}.{remedy} The export itself lies whole in {folder}."
    )
