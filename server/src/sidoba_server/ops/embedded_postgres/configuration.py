"""What the server is told at each start, on its command line.

The command line wins over every file, so that neither durability nor the silence of the log can be lost by an edit.
Memory, parallelism and the like stay with `data/postgresql.conf`, for whoever runs the place.
"""

from pathlib import Path

from sidoba_server.ops.embedded_postgres.places import Places

DATABASE = ROLE = "sidoba"
PORT = 5432
"""Only the end of the socket's name: nothing listens on the network."""

DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    # The queue's tables grow and empty quickly: stale statistics make its fetch slow.
    "autovacuum_analyze_scale_factor": "0.02",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
}

NO_PERSONAL_DATA_IN_LOG = {
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # The very text of an error quotes the value (« invalid input syntax for type date: "…" »). Errors go to the caller;
    # the log keeps the life of the server: starts, stops, crashes, panics.
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_lock_waits": "off",
    "log_temp_files": "-1",
    "log_autovacuum_min_duration": "-1",
}

ACCESS_RULES = f"""\
# Written at each start. One role, through the private socket, with its password; everything else is refused.
local all {ROLE} scram-sha-256
"""


def server_command(postgres: Path, places: Places) -> list[str | Path]:
    """The command that runs the server of `places` in the foreground."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(places.sockets),
        "port": str(PORT),
        "hba_file": str(places.access_rules),
        **DURABLE,
        **NO_PERSONAL_DATA_IN_LOG,
    }
    command: list[str | Path] = [postgres, "-D", places.data]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command
