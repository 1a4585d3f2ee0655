"""The embedded PostgreSQL, for real: real servers, real signals, as root and as an ordinary user."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sidoba_server.ops.embedded_postgres import (
    DirectoryInUse,
    EmbeddedPostgres,
    PostgresUnavailable,
    data_location,
    supervise,
    wipe,
)
from sidoba_server.ops.embedded_postgres.binaries import find_binaries

pytestmark = [pytest.mark.timeout(120)]
IS_ROOT = os.geteuid() == 0
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal and /proc exist on Linux only")
root_only = pytest.mark.skipif(not IS_ROOT, reason="needs root, to drop to another account")


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "base"
    yield place
    wipe(place)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory whose data exist and whose server is stopped; each test leaves it so (a first start costs 1 s)."""
    place = tmp_path_factory.mktemp("settled") / "base"
    with EmbeddedPostgres(place):
        pass
    yield place
    wipe(place)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """One server for the tests that only look at it; its directory is deeper than a socket path may be."""
    place = tmp_path_factory.mktemp("deep").joinpath(*["un-dossier-assez-long"] * 8)
    with EmbeddedPostgres(place) as server:
        yield server, place
    wipe(place)


def run_launcher(directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sidoba_server.ops.embedded_postgres", str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def family(pid: int) -> list[int]:
    """The process and its children, as the kernel lists them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def postmaster_pid(directory: Path) -> int:
    return int((data_location(directory) / "data" / "postmaster.pid").read_text().split()[0])


def scalar(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_starts_stops_and_keeps_what_was_committed(settled: Path) -> None:
    server = EmbeddedPostgres(settled)
    first = server.start()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE kept (value text)")
        connection.execute("INSERT INTO kept VALUES ('é')")
    pid = server.pid
    server.stop()
    assert not Path(f"/proc/{pid}").exists()  # gone, and reaped
    assert server.start() == first
    assert scalar(first, "SELECT value FROM kept") == "é"
    server.stop()
    server.stop()  # harmless


def test_a_lost_password_file_is_replaced(settled: Path) -> None:
    with EmbeddedPostgres(settled) as server:
        first = server.url
    (data_location(settled) / "password").unlink()
    with EmbeddedPostgres(settled) as server:
        assert server.url != first
        assert scalar(server.url, "SELECT 1") == 1


def test_a_deep_directory_is_reached_through_a_short_private_socket(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    assert len(str(place)) > 107
    folder = Path(psycopg.conninfo.conninfo_to_dict(server.url)["host"])
    assert len(os.fsencode(folder / ".s.PGSQL.5432.lock")) < 107
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert scalar(server.url, "SELECT inet_server_addr() IS NULL") is True


def test_settings_are_durable_and_closed(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    for name, value in {
        "fsync": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "max_connections": "100",
        "server_encoding": "UTF8",
        "log_statement": "none",
    }.items():
        assert scalar(server.url, f"SELECT current_setting('{name}')") == value
    assert stat.S_IMODE((data_location(place) / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_location(place) / "data").stat().st_mode) == 0o700


def test_an_interrupt_at_the_terminal_does_not_reach_the_server_first(running: tuple[EmbeddedPostgres, Path]) -> None:
    assert os.getpgid(running[0].pid) != os.getpgrp()


def test_nobody_enters_without_the_password_nor_as_superuser(running: tuple[EmbeddedPostgres, Path]) -> None:
    url = running[0].url
    assert scalar(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    password = psycopg.conninfo.conninfo_to_dict(url)["password"]
    for wrong in (url.replace(password, "wrong"), url.replace("//sidoba:", "//postgres:")):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(wrong)


def test_the_role_can_do_what_the_platform_needs(running: tuple[EmbeddedPostgres, Path]) -> None:
    with psycopg.connect(running[0].url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION unaccent")
        assert connection.execute("SELECT unaccent(lower('ÉTÉ'))").fetchone() == ("ete",)
        connection.execute("CREATE DATABASE test_sidoba")
        connection.execute("DROP DATABASE test_sidoba")


def test_a_value_in_a_refused_query_never_reaches_the_log(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    with psycopg.connect(server.url) as connection, pytest.raises(psycopg.DataError, match="Dupont-Secret"):
        connection.execute("SELECT 'Dupont-Secret'::date")
    with psycopg.connect(server.url) as connection, pytest.raises(psycopg.DataError):
        connection.execute("SELECT %s::int", ["Dupont-Secret"])
    log = (place / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Secret" not in log


def test_a_second_launcher_is_refused_naming_the_first(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    with pytest.raises(DirectoryInUse, match=rf"processus {os.getpid()}\b.*DATABASE_URL"):
        EmbeddedPostgres(place).start()
    other = run_launcher(place)
    said, complaint = other.communicate(timeout=30)
    assert (other.returncode, said) == (1, "")
    assert f"processus {os.getpid()}" in complaint
    assert "Traceback" not in complaint
    assert scalar(server.url, "SELECT 1") == 1


def test_wipe_refuses_while_a_server_runs(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    with pytest.raises(DirectoryInUse):
        wipe(place)
    assert scalar(server.url, "SELECT 1") == 1


@linux_only
def test_a_server_that_runs_without_our_lock_is_left_alone(running: tuple[EmbeddedPostgres, Path]) -> None:
    server, place = running
    (data_location(place) / "launcher.lock").unlink()  # as good as a server started by hand
    with pytest.raises(DirectoryInUse, match=rf"processus {server.pid}\b"):
        EmbeddedPostgres(place).start()
    assert scalar(server.url, "SELECT 1") == 1


def test_two_directories_live_side_by_side(running: tuple[EmbeddedPostgres, Path], settled: Path) -> None:
    with EmbeddedPostgres(settled) as second:
        assert second.url != running[0].url
        identity = "SELECT system_identifier FROM pg_control_system()"
        assert scalar(second.url, identity) != scalar(running[0].url, identity)


def test_wipe_erases_the_data_and_nothing_else(directory: Path) -> None:
    with EmbeddedPostgres(directory):
        pass
    (directory / "a-file-of-somebody-else").write_text("kept")
    wipe(directory)
    assert [path.name for path in directory.iterdir()] == ["a-file-of-somebody-else"]
    assert not (data_location(directory) / "data").exists()
    wipe(directory)  # nothing to erase is no error


class Writer(threading.Thread):
    """Inserts numbers one transaction at a time, remembering those whose commit was answered."""

    def __init__(self, url: str, first: int) -> None:
        super().__init__()
        self.url, self.next, self.committed, self.finish = url, first, [], threading.Event()

    def run(self) -> None:
        while not self.finish.is_set():
            with (
                contextlib.suppress(psycopg.OperationalError),
                psycopg.connect(self.url, autocommit=True) as connection,
            ):
                while not self.finish.is_set():
                    self.next += 1
                    connection.execute("INSERT INTO written VALUES (%s)", [self.next])
                    self.committed.append(self.next)
            time.sleep(0.01)


def test_killed_under_writes_it_comes_back_with_every_committed_row(settled: Path) -> None:
    with supervise(settled) as server:
        url, pids = server.url, []
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE written (number int)")
        writers = [Writer(url, first) for first in (0, 10_000_000)]
        for writer in writers:
            writer.start()
        for kills in (1, 2):
            seen = [len(writer.committed) for writer in writers]
            wait_for(lambda seen=seen: all(len(w.committed) > n + 200 for w, n in zip(writers, seen, strict=True)))
            pids.append(server.pid)
            os.kill(server.pid, signal.SIGKILL)
            wait_for(lambda kills=kills: server.restarts == kills)
        for writer in writers:
            writer.finish.set()
            writer.join()
        assert server.url == url
        with psycopg.connect(url) as connection:
            present = {number for (number,) in connection.execute("SELECT number FROM written")}
        assert {number for writer in writers for number in writer.committed} <= present
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)  # no zombie


@linux_only
def test_a_query_that_outlives_the_killed_server_does_not_delay_the_restart(settled: Path) -> None:
    with supervise(settled) as server:
        with contextlib.closing(psycopg.connect(server.url)) as connection:
            busy = connection.info.backend_pid
            connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 20000000000)")
            time.sleep(0.3)
            os.kill(server.pid, signal.SIGKILL)
            wait_for(lambda: server.restarts == 1, 10)
        assert not is_alive(busy)
        assert scalar(server.url, "SELECT 1") == 1


@linux_only
def test_a_killed_launcher_leaves_no_server_behind(directory: Path) -> None:
    launcher = run_launcher(directory)
    assert launcher.stdout is not None
    url = launcher.stdout.readline().strip()
    assert url.startswith("postgresql://sidoba:")
    processes = family(postmaster_pid(directory))
    assert len(processes) > 3
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    launcher.kill()
    launcher.communicate()
    with EmbeddedPostgres(directory) as server:  # at once, while the former server is still shutting down
        assert not any(map(is_alive, processes))
        assert scalar(server.url, "SELECT value FROM kept") == 7
    assert "was not properly shut down" not in (directory / "postgres.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_stops_cleanly_on_a_signal(settled: Path, number: int) -> None:
    launcher = run_launcher(settled)
    assert launcher.stdout is not None
    assert scalar(launcher.stdout.readline().strip(), "SELECT 1") == 1
    launcher.send_signal(number)
    assert launcher.communicate(timeout=30) == ("", "")
    assert launcher.returncode == 0
    assert not (data_location(settled) / "data" / "postmaster.pid").exists()
    assert "database system is shut down" in (settled / "postgres.log").read_text()


@linux_only
def test_a_forked_worker_neither_stops_the_server_nor_holds_the_data(settled: Path) -> None:
    script = (
        "import os, sys, time, pathlib\n"
        "from sidoba_server.ops.embedded_postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))\n"
        "server.start()\n"
        "if os.fork() == 0: sys.exit(0)\n"  # leaves normally, through the exit hooks
        "os.wait()\n"
        "worker = os.fork()\n"
        "if worker == 0: time.sleep(60); os._exit(0)\n"
        "print(server.url, worker, flush=True)\n"
        "time.sleep(60)\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, str(settled)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert launcher.stdout is not None
    url, worker = launcher.stdout.readline().split()
    try:
        assert scalar(url, "SELECT 1") == 1
        launcher.kill()
        launcher.wait()
        assert is_alive(int(worker))
        with EmbeddedPostgres(settled) as server:
            assert scalar(server.url, "SELECT 1") == 1
    finally:
        os.kill(int(worker), signal.SIGKILL)
        launcher.stdout.close()


@linux_only
def test_a_stale_pid_file_naming_a_living_stranger_is_no_obstacle(settled: Path) -> None:
    with EmbeddedPostgres(settled) as server:
        lines = (data_location(settled) / "data" / "postmaster.pid").read_text().splitlines()
        owner = (data_location(settled) / "data").stat().st_uid
        os.kill(server.pid, signal.SIGKILL)
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", user=owner if IS_ROOT else None)
    try:
        stale = data_location(settled) / "data" / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with EmbeddedPostgres(settled) as server:
            assert scalar(server.url, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@linux_only
def test_a_first_start_cut_short_is_begun_again(directory: Path) -> None:
    unfinished = data_location(directory) / "data.unfinished"
    launcher = run_launcher(directory)
    wait_for(lambda: (unfinished / "base").exists())
    launcher.kill()
    assert launcher.communicate(timeout=30) == ("", "")
    assert not (data_location(directory) / "data").exists()
    with EmbeddedPostgres(directory) as server:
        assert scalar(server.url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_data_of_another_major_version_are_refused(settled: Path) -> None:
    version = data_location(settled) / "data" / "PG_VERSION"
    true = version.read_text()
    version.write_text("9\n")
    with pytest.raises(PostgresUnavailable, match=r"PostgreSQL 9.*DATABASE_URL"):
        EmbeddedPostgres(settled).start()
    version.write_text(true)


def test_a_folder_without_the_programs_is_named(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIDOBA_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PostgresUnavailable, match=re.escape(str(tmp_path)) + ".*postgres ni initdb.*DATABASE_URL"):
        EmbeddedPostgres(directory).start()


def test_programs_that_do_not_run_here_are_told(directory: Path, tmp_path: Path) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_bytes(b"\x7fELF of another processor")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(PostgresUnavailable, match=r"ne s'exécutent pas.*DATABASE_URL"):
        EmbeddedPostgres(directory, bin_folder=tmp_path).start()


def test_a_server_that_cannot_start_points_at_its_log(settled: Path) -> None:
    file = data_location(settled) / "data" / "postgresql.conf"
    true = file.read_text()
    file.write_text("shared_buffers = beaucoup\n")
    with pytest.raises(PostgresUnavailable, match=r"postgres\.log.*DATABASE_URL"):
        EmbeddedPostgres(settled).start()
    file.write_text(true)
    assert "shared_buffers" in (settled / "postgres.log").read_text()


def test_a_socket_folder_open_to_others_is_refused(settled: Path) -> None:
    with EmbeddedPostgres(settled) as server:
        sockets = Path(psycopg.conninfo.conninfo_to_dict(server.url)["host"])
    sockets.mkdir()
    owner = (data_location(settled) / "data").stat()
    os.chown(sockets, owner.st_uid, owner.st_gid)
    sockets.chmod(0o777)
    (sockets / "left-by-somebody").touch()
    try:
        with pytest.raises(PostgresUnavailable, match=r"privé.*DATABASE_URL"):
            EmbeddedPostgres(settled).start()
    finally:
        shutil.rmtree(sockets)


@root_only
def test_an_account_without_a_name_is_told_to_give_an_address(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib\n"
        "from sidoba_server.ops.embedded_postgres import EmbeddedPostgres, PostgresUnavailable\n"
        "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
        "try: EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()\n"
        "except PostgresUnavailable as refusal: print(refusal)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert re.search(r"54321.*DATABASE_URL", done.stdout), done.stderr


@root_only
@pytest.mark.parametrize(("name", "expected"), [("root", "administrateur"), ("aucun-compte", "n'existe pas")])
def test_root_wants_an_unprivileged_account(
    directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("SIDOBA_POSTGRES_ACCOUNT", name)
        with pytest.raises(PostgresUnavailable, match=expected):
            EmbeddedPostgres(directory).start()


@root_only
def test_root_copies_programs_the_account_cannot_reach_and_opens_no_folder(settled: Path, tmp_path: Path) -> None:
    prefix = find_binaries(None).parent
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    copied = shutil.copytree(prefix, private / "lib" / prefix.parent.name / prefix.name)
    libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, private / "lib" / libraries.name)
    with EmbeddedPostgres(settled, bin_folder=copied / "bin") as server:
        program = Path(f"/proc/{server.pid}/exe").readlink()
        assert program.is_relative_to("/var/lib/sidoba/binaries")
        assert Path(f"/proc/{server.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert scalar(server.url, "SELECT 1") == 1
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE(settled.stat().st_mode) == 0o700


@root_only
def test_root_leaves_the_data_of_an_ordinary_account_alone(directory: Path) -> None:
    theirs = directory / "data" / "PG_VERSION"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("18\n")
    for deed in (EmbeddedPostgres(directory).start, lambda: wipe(directory)):
        with pytest.raises(PostgresUnavailable, match=r"compte ordinaire.*DATABASE_URL"):
            deed()
    shutil.rmtree(theirs.parent)


def reachable_python() -> str | None:
    """An interpreter of this very version that an unprivileged account may run."""
    for candidate in (sys.executable, "/usr/bin/python{}.{}".format(*sys.version_info[:2])):
        with contextlib.suppress(OSError):
            done = subprocess.run([candidate, "-c", "import ctypes, ssl"], user="nobody", cwd="/", capture_output=True)
            if done.returncode == 0:
                return candidate
    return None


def copy_what_the_tests_import(place: Path) -> None:
    """The packages these tests need, where an account that cannot enter our environment finds them."""
    ours = ("embedded_postgres", "psycopg", "psycopg_binary", "sidoba_server", "typing_extensions")
    of_pytest = ("pytest", "_pytest", "py", "pytest_timeout", "pluggy", "iniconfig", "packaging", "pygments")
    for package in (*ours, *of_pytest):
        spec = find_spec(package)
        assert spec is not None, package
        assert spec.origin is not None, package
        source = Path(spec.origin)
        if spec.submodule_search_locations is None:
            shutil.copy(source, place)
            continue
        shutil.copytree(source.parent, place / package, ignore=shutil.ignore_patterns("__pycache__", "include"))
        libraries = source.parent.with_name(f"{package}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, place / libraries.name)
    shutil.copy(__file__, place / "test_as_ordinary_user.py")
    (place / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")


@root_only
def test_all_of_this_holds_for_an_ordinary_user() -> None:
    python = reachable_python()
    if python is None:
        pytest.skip("no Python interpreter of this version that an unprivileged account can reach")
    account = pwd.getpwnam("nobody")
    same_for_all = "without_our_lock or major_version or folder_without or do_not_run"
    options = ["-q", "-x", "-p", "pytest_timeout", "-p", "no:cacheprovider", "-k", f"not ({same_for_all})"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        copy_what_the_tests_import(place)
        for path in (place, *place.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
        done = subprocess.run(
            [python, "-m", "pytest", *options, "--basetemp", place / "tmp", place / "test_as_ordinary_user.py"],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd=place,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"\b2\d passed", done.stdout), done.stdout[-500:]
