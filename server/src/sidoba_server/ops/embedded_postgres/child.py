"""Runs one program as the server's account, tied to the life of its parent.

Executed as a script (`python -I -S child.py '<json>'`), never imported by the platform: between fork and exec a process
with threads may do almost nothing safely, whereas a fresh interpreter may do all of it. Standard library only, and all
of it imported at the top: once privileges are dropped, an interpreter under /root cannot read its own modules.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import time

CANNOT_BECOME, CANNOT_EXECUTE, STILL_RUNNING = 125, 126, 3
PR_SET_PDEATHSIG = 1


def main() -> int:
    order = json.loads(sys.argv[1])
    os.umask(0o077)
    try:
        become(order["account"])
    except OSError as error:
        print(f"account: {error}", file=sys.stderr)
        return CANNOT_BECOME
    if order.get("end_previous"):
        return end_previous(**order["end_previous"])
    # After the change of account, which clears it.
    die_with(order["parent"])
    try:
        os.execv(order["command"][0], order["command"])  # noqa: S606 - our own command, no shell wanted
    except OSError as error:
        print(f"exec: {error}", file=sys.stderr)
        return CANNOT_EXECUTE


def become(account: tuple[str, int, int] | None) -> None:
    """Drop to `(name, uid, gid)` for good; nothing when the launcher's own account is the right one."""
    if account is None:
        return
    name, uid, gid = account
    os.initgroups(name, gid)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def die_with(parent: int) -> None:
    """Ask the kernel for SIGINT (the clean fast shutdown of PostgreSQL) when the parent *thread* ends.

    Linux only. The parent may already be gone when we ask: then nobody would ever tell us.
    """
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0:
        print(f"prctl: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
    if os.getppid() != parent:
        sys.exit(0)


def end_previous(data: str, sockets: str, patience: float) -> int:
    """Clear what an earlier server, or first filling, left on these data: the launcher holds the lock, all is unwanted.

    A postmaster whose launcher was killed is shutting down: wait for it. One that is not shutting down was started by
    hand: leave it alone and say so. Backends outliving a killed postmaster (a long query does not notice) would forbid
    the restart: kill them, crash recovery is due anyway. Then the lock files, which name a pid that another process
    may bear by now. Linux only, for want of /proc elsewhere: PostgreSQL then refuses by itself.
    """
    if not sys.platform.startswith("linux"):
        return 0
    data = os.path.realpath(data)
    postmaster, begun = recorded_pid(data), time.monotonic()
    while postmaster in processes_on(data):
        waited = time.monotonic() - begun
        if waited > (patience if is_stopping(data) else min(patience, 3)):
            print(postmaster)
            return STILL_RUNNING
        time.sleep(0.02)
    while left := processes_on(data):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    stale = [os.path.join(data, "postmaster.pid")]  # noqa: PTH118 - pathlib costs this script half its start
    with contextlib.suppress(FileNotFoundError):
        stale += [entry.path for entry in os.scandir(sockets) if entry.name.startswith(".s.PGSQL.")]
    for path in stale:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108
    return 0


def processes_on(data: str) -> list[int]:
    """Living PostgreSQL programs at work on `data`: in it, or given it on their command line. A zombie has neither."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        with contextlib.suppress(OSError):
            if read(f"/proc/{name}/comm").strip() in ("postgres", "initdb") and (
                os.readlink(f"/proc/{name}/cwd") == data  # noqa: PTH115
                or data in read(f"/proc/{name}/cmdline").split("\0")
            ):
                found.append(int(name))
    return found


def recorded_pid(data: str) -> int | None:
    lines = pid_file_lines(data)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def is_stopping(data: str) -> bool:
    lines = pid_file_lines(data)
    return not lines or (len(lines) > 7 and lines[7].strip() == "stopping")


def pid_file_lines(data: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return read(f"{data}/postmaster.pid").splitlines()
    return []


def read(path: str) -> str:
    with open(path, errors="surrogateescape") as file:  # noqa: PTH123
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
