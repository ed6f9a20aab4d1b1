"""DVC's remotes as docs/cluster.md has them: one machine pushes its windows, another with its lock pulls the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from benchmarks.load.services import dvc, make_checkout
from tests.faults.remotes import Options, s3_server, ssh_server, why_not

pytestmark = pytest.mark.services
Server = Callable[[Path], AbstractContextManager[tuple[str, Options]]]
PARAMS = """
run: {seeds: 1, experiments: all}
sounds: {views: {}}
experiments:
  automata:
    am_1: {document: "000", variant: lstm, units: 16, epochs: 10, samples: 200, test: 50}
"""


def _needs(*modules: str, remedy: str) -> pytest.MarkDecorator:
    lacking = why_not(*modules, remedy=remedy)
    return pytest.mark.skipif(bool(lacking), reason=lacking)


def _checkout(folder: Path, address: str, options: Options) -> Path:
    make_checkout(folder, PARAMS)
    dvc(folder, "remote", "add", "-q", "-d", "store", address)
    for name, value in options.items():
        dvc(folder, "remote", "modify", "--local", "store", name, value)
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(ssh_server, marks=_needs("dvc_ssh", remedy="make setup EXTRA=ssh")),
        pytest.param(s3_server, marks=_needs("dvc_s3", "moto", remedy="make setup EXTRA=s3, and moto[server]")),
    ],
)
def test_what_one_machine_pushes_another_pulls(server: Server, tmp_path: Path) -> None:
    with server(tmp_path / "server") as remote:
        owner, other = (_checkout(tmp_path / name, *remote) for name in ("owner", "other"))
        dvc(owner, "repro", "-q", "windows")
        dvc(owner, "push", "-q", "windows")
        (other / "dvc.lock").write_bytes((owner / "dvc.lock").read_bytes())
        dvc(other, "pull", "-q", "windows")
    made = _files(owner / "data/windows")
    assert made and _files(other / "data/windows") == made
