"""``--offline``: this process and those that it starts reach no other machine.

What of emobench would do so says beforehand that it must not. Beside that, Python's own sockets
are watched, through which libraries and plugins go: connections to other machines fail as they do
without a network. Code in other languages is out of this reach.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from typing import Any, Final

from emobench.errors import RequestError

VARIABLE: Final = "EMOBENCH_OFFLINE"
"""Set to 1 it means ``--offline``, also for every process that is started with it."""

OTHERS: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "WANDB_MODE": "offline",
}
"""Variables by which libraries are told the same."""

CONNECTIONS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
NAMES: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
"""Events of Python's audit hooks: an address is reached, or a name is looked up."""

_watched: list[bool] = []


def is_offline() -> bool:
    """Whether no other machine may be reached."""
    return os.environ.get(VARIABLE, "").strip().lower() not in ("", "0", "false", "no")


def go_offline() -> None:
    """Reach no other machine from now on; it cannot be taken back in this process."""
    os.environ[VARIABLE] = "1"
    os.environ.update(OTHERS)
    if not _watched:
        _watched.append(True)
        sys.addaudithook(_watch)


def need_network(what: str) -> None:
    """Raise where the network may not be used.

    Parameters
    ----------
    what
        What would use it, as the beginning of a sentence.

    Raises
    ------
    RequestError
        ``--offline`` was given, or its variable is set.
    """
    if is_offline():
        raise RequestError(
            f"{what} needs the network, which --offline (or {VARIABLE}=1) forbids. Leave it out, "
            "or name what lies on this machine."
        )


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Let connections to other machines fail as they do where there is no network."""
    if event in CONNECTIONS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in NAMES:
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        raise OSError(errno.ENETUNREACH, f"--offline: {_shown(host)} is another machine")


def _is_here(host: Any) -> bool:
    """Whether a host is this machine; a socket of the file system has none."""
    if host is None or host in ("", b""):
        return True
    name = _shown(host).split("%")[0]
    try:
        return ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return name in ("localhost", socket.gethostname())


def _shown(host: Any) -> str:
    return host.decode("utf-8", "replace") if isinstance(host, bytes | bytearray) else str(host)
