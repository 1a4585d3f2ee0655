"""One launcher at a time on one set of data."""

import contextlib
import fcntl
import os
import weakref
from pathlib import Path

from sidoba_server.ops.embedded_postgres.errors import DirectoryInUse


class DirectoryLock:
    """An advisory lock on a file, given back by the kernel when the launcher dies, however it dies.

    `flock` and not `lockf`: two launchers inside one process must refuse each other too.
    """

    def __init__(self, path: Path, directory: Path) -> None:
        self._path = path
        self._directory = directory
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once, or raise `DirectoryInUse` naming the holder."""
        while self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = _recorded_pid(descriptor)
                os.close(descriptor)
                raise DirectoryInUse(self._directory, pid) from None
            if not self._still_names(descriptor):  # a wipe removed the file between the opening and the lock
                os.close(descriptor)
                continue
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            self._descriptor = descriptor
            _held.add(self)

    def release(self) -> None:
        """Give the lock back; nothing when it is not held."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Close our copy without unlocking: in a forked child, where the parent still holds the lock.

        Without it a worker that outlives its killed parent would keep the data locked.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _held.discard(self)

    def _still_names(self, descriptor: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        return False


def _recorded_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()


_held: weakref.WeakSet[DirectoryLock] = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_all)
