"""DVC's remotes as docs/cluster.md has them: one machine pushes its windows, another with its lock pulls the same."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from benchmarks.load.services import environment_of, make_checkout
from tests.faults.remotes import Options, s3_server, ssh_server, why_not

pytestmark = pytest.mark.services
Server = Callable[[Path], AbstractContextManager[tuple[str, Options]]]
PARAMS = """
run: {seeds: 1, experiments: all}
sounds: {views: {}}
experiments:
  am_1: {family: automata, document: "000", variant: lstm, units: 16, epochs: 10, samples: 200, test: 50}
"""


def _needs(*modules: str, remedy: str) -> pytest.MarkDecorator:
    lacking = why_not(*modules, remedy=remedy)
    return pytest.mark.skipif(bool(lacking), reason=lacking)


def _dvc(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words], cwd=folder, env=environment_of(folder, {}), check=True)


def _checkout(folder: Path, address: str, options: Options) -> Path:
    make_checkout(folder, PARAMS)
    _dvc(folder, "remote", "add", "-q", "-d", "store", address)
    for name, value in options.items():
        _dvc(folder, "remote", "modify", "--local", "store", name, value)
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
        _dvc(owner, "repro", "-q", "windows")
        _dvc(owner, "push", "-q", "data/windows")
        (other / "dvc.lock").write_bytes((owner / "dvc.lock").read_bytes())
        _dvc(other, "pull", "-q", "data/windows")
    made = _files(owner / "data/windows")
    assert made and _files(other / "data/windows") == made
