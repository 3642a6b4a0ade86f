"""A PgBouncer of our own in transaction mode, on a socket, before the server of a `DATABASE_URL`."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.postgres import account, give

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MISSING = "PgBouncer is not installed (Debian: apt install pgbouncer)"
PORT = 6432
CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
query_wait_timeout = {wait}
server_round_robin = 1
admin_users = fixaloop
log_connections = 0
log_disconnections = 0
"""


@contextlib.contextmanager
def pooled(server: str, size: int, wait: int) -> Iterator[str]:
    """Runs one that lends `size` connections to a server (`host=… user=…`), for which one may wait so many seconds.

    Gives the folder of its socket.
    """
    with tempfile.TemporaryDirectory(prefix="fixaloop-pool-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "pgbouncer.ini")
        path.write_text(CONFIGURATION.format(server=server, port=PORT, folder=folder, size=size, wait=wait))
        for ours in (Path(folder), path):
            give(ours)
        command = [str(PROGRAM), str(path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **account()) as program:
            assert program.stderr
            said = ""
            while "process up" not in (line := program.stderr.readline()):
                said += line
                assert line, said
            try:
                yield folder
            finally:
                program.terminate()
