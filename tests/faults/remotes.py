"""Places for DVC's files as docs/cluster.md names them, on 127.0.0.1: an ssh server with a key, and an S3 bucket."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import asyncssh
import requests

from pipeline.base.ports import HOST

Options = dict[str, str]  # of a remote, as `dvc remote modify` takes them
_USER = "reprise"
_KEY, _SECRET = "reprise", "not-a-secret"


def why_not(*modules: str, remedy: str) -> str:
    """Return why a remote that needs these modules cannot be tried here, or an empty text."""
    lacking = [name for name in modules if not find_spec(name)]
    return f"no {' and '.join(lacking)}: {remedy}" if lacking else ""


async def _listen(folder: Path, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        HOST,
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        authorized_client_keys=asyncssh.import_authorized_keys(key.export_public_key().decode()),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(folder)),
    )


@contextmanager
def ssh_server(folder: Path) -> Iterator[tuple[str, Options]]:
    """Serve an empty folder by SFTP to who has the key. Yields the address of the remote, and its options."""
    (folder / "served").mkdir(parents=True)
    key, loop = asyncssh.generate_private_key("ssh-ed25519"), asyncio.new_event_loop()
    key.write_private_key(folder / "key")
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(folder / "served", key), loop).result()
    try:
        yield f"ssh://{_USER}@{HOST}:{server.get_port()}/reprise", {"keyfile": str(folder / "key")}
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@contextmanager
def s3_server(folder: Path) -> Iterator[tuple[str, Options]]:
    """Serve an empty bucket; the folder is not used. Yields the address of the remote, and its options."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=HOST, port=0)
    server.start()
    try:
        address = f"http://{HOST}:{server.get_host_and_port()[1]}"
        requests.put(f"{address}/bucket", timeout=10).raise_for_status()
        yield "s3://bucket/reprise", {"endpointurl": address, "access_key_id": _KEY, "secret_access_key": _SECRET}
    finally:
        server.stop()
