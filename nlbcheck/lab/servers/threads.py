"""How is a thread started that the machine may have no room for?"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable


def start(function: Callable[..., None], *arguments: object) -> threading.Thread:
    """Run ``function`` in a thread that does not keep the process alive; OSError where there is none."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # how threading says it
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
    return thread
