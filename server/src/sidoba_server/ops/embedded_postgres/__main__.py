"""`python -m sidoba_server.ops.embedded_postgres DIR`: run a server in the foreground, for operators and tests.

Prints the address (password included) on one line once connections are accepted; stops on SIGTERM or Ctrl-C.
"""

import argparse
import signal
import sys
from pathlib import Path

from sidoba_server.ops.embedded_postgres.errors import PostgresUnavailable
from sidoba_server.ops.embedded_postgres.server import supervise


def main() -> int:
    """Run until told to stop; 0 after a clean stop, 1 when no server can run here."""
    parser = argparse.ArgumentParser(
        prog="python -m sidoba_server.ops.embedded_postgres",
        description="Lance la base PostgreSQL embarquée au premier plan et affiche son adresse.",
    )
    parser.add_argument("directory", type=Path, metavar="DOSSIER", help="dossier de la base")
    parser.add_argument("--bin", type=Path, metavar="DOSSIER", help="dossier des programmes PostgreSQL à employer")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    try:
        with supervise(arguments.directory, bin_folder=arguments.bin) as server:
            print(server.url, flush=True)
            while True:
                signal.pause()
    except PostgresUnavailable as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _leave(_number: int, _frame: object) -> None:
    # A second signal must not cut the clean stop short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
