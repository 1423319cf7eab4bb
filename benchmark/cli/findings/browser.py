"""Opening a page in the browser of whoever typed the command, where there is one."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def opens(address: str) -> bool:
    """Open an address in a browser with windows; return whether there is one.

    A browser in the terminal would take the command's place. On another machine, reached by ssh,
    a window would be far away. Both are opened only where ``BROWSER`` names them.
    """
    if not os.environ.get("BROWSER") and not _has_windows():
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # `GenericBrowser` itself, none of its children, waits in the terminal until it is left.
    if type(browser) is webbrowser.GenericBrowser and not os.environ.get("BROWSER"):
        return False
    # Some browsers answer only when they are closed.
    threading.Thread(target=_open, args=(browser, address), daemon=True).start()
    return True


def _has_windows() -> bool:
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in DISPLAYS)


def _open(browser: webbrowser.BaseBrowser, address: str) -> None:
    try:
        browser.open(address)
    except (webbrowser.Error, OSError):
        return  # the address was said
