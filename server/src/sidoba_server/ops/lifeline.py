"""Ties a process to the one that started it, so that even a SIGKILL of the parent leaves nothing behind.

The kernel (Linux) sends the signal when the parent *thread* ends: children are started from threads that last.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def follow(parent: int, *, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when `parent` ends; leave at once when it has ended already. Linux only.

    Elsewhere nothing is asked: a parent that stops in order still stops its children.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)
