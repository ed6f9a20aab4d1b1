"""Checkouts of the project as it stands, with small params, and `make reproduce` in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.experiments.registry import FAMILIES

ROOT = Path(__file__).resolve().parents[1]


def with_every_family(params: str) -> str:
    """Return params with an empty section for each family that they do not have: DVC asks for all of them."""
    lacking = (name for name in FAMILIES if f"\n  {name}:" not in params)
    return params + "".join(f"  {name}: {{}}\n" for name in lacking)


_PARAMS = """
run: {experiments: quick, seeds: 2, most_seeds: 0, originals: false, sweep: false}
sounds:
  bands: 100
  rate: 22050
  clips: 2552
  sample: {folds: 2, recordings: 2, slices: 2, seconds: 1.0}
  views:
    w: {hop_ms: 10, window_ms: 10}
    c: {hop_ms: 10, window_ms: 100, protocol: corrected}
sweep: {seeds: 2, boards: {}}
experiments:
  automata:
    am_64: {document: "000", variant: lstm, units: 4, epochs: 2, samples: 100, test: 50, labels: {quick: true}}
  sounds:
    us_w:
      document: "000"
      view: w
      variant: lstm_state
      units: 3
      epochs: 3
      eval_epochs: [2]
      labels: {quick: true}
    us_c: {from: us_w, view: c, protocol: corrected, labels: {quick: true}}
"""
SWEEP = """sweep:
  seeds: 2
  boards: {images: {from: digit, units: 3, protocol: corrected, labels: {quick: true}}}
  entries:
    lstm: {variant: lstm, labels: {quick: true}}
    majority: {variant: constant, epochs: 0, labels: {quick: true}}
    forget_2: {variant: lstm, recurrent: {forget_bias: 2.0}}
"""
_MORE = (
    _PARAMS.replace("sweep: {seeds: 2, boards: {}}\n", SWEEP)
    + """\
  sound_recipes:
    us_r: {from: _r, labels: {quick: true, ensemble: us_both}}
    _r: {document: "000", view: c, variant: gru, units: 2, epochs: 1}
  melody:
    tune:
      document: "002"
      variant: lstm
      units: 3
      epochs: 2
      batch: 1
      recurrent: {state: reset}
      labels: {quick: true}
  product:
    times: {document: "004", variant: gru, units: 2, epochs: 1, batch: 32, loss: mse, labels: {quick: true}}
  digits:
    digit: {document: "003", variant: rnn, units: 3, epochs: 1, batch: 32, labels: {quick: true}}
  reviews:
    film:
      document: "002"
      variant: rnn
      units: 2
      epochs: 1
      vocabulary: 9
      timesteps: 5
      frontend: {embedding_dim: 2}
"""
)
PARAMS, MORE = with_every_family(_PARAMS), with_every_family(_MORE)


def lay_out(folder: Path, params: str = PARAMS) -> Path:
    """Make a checkout of the project as it stands, with other params."""
    names = ["pipeline", "claims", "dvc.yaml", ".dvcignore", "pyproject.toml", "requirements.lock"]
    for name in names:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)  # type: ignore[operator]
    (folder / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc/config", folder / ".dvc")
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / "params.yaml").write_text(params)
    return folder


def reproduce(folder: Path, before: tuple[str, ...] = (), **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `make reproduce` in a checkout, with words `before` the command and more in the environment."""
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", **extra}
    words = [*before, sys.executable, "-m", "pipeline.commands.reproduce"]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
