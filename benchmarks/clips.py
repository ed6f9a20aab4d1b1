"""Windows of synthetic clips, as the stage `windows` writes them, for the benchmarks of training.

365 clips of 400 timesteps and 100 bands, as many as the real recordings at hand give. They are noise, since speed does
not depend on what is learned.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.base.files import write_json
from pipeline.base.seal import seal
from pipeline.params import Params, parse

CLIPS, TIMESTEPS, BANDS = 365, 400, 100
NAME = "us_lstm"


def params_of(seeds: int, epochs: int) -> Params:
    """Build the params of one experiment: the documents' LSTM(20) on urban sound, batches of 10."""
    entry = {"document": "000", "view": "made", "variant": "lstm", "units": 20, "epochs": epochs}
    views = {"made": {"hop_ms": 10, "window_ms": 10, "protocol": "as_written"}}
    run = {"experiments": [NAME], "seeds": seeds, "originals": True}
    return parse({"run": run, "sounds": {"views": views}, "experiments": {"sounds": {NAME: entry}}})


def write_windows(windows: Path, seeds: int) -> None:
    """Write the windows and one split per seed: 292 clips to train on, 18 to validate, 55 to test."""
    folder = windows / "sounds/made"
    (folder / "splits").mkdir(parents=True)
    random = np.random.default_rng(0)
    np.save(folder / "sequences.npy", random.standard_normal((CLIPS, TIMESTEPS, BANDS), np.float32))
    np.save(folder / "lengths.npy", random.integers(TIMESTEPS // 2, TIMESTEPS + 1, CLIPS).astype(np.int32))
    np.save(folder / "labels.npy", random.integers(0, 10, CLIPS).astype(np.int32))
    pd.DataFrame({"fold": 1, "name": [f"{n}.wav" for n in range(CLIPS)]}).to_csv(folder / "clips.csv", index=False)
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(CLIPS).tolist()
        split = {"train": order[:292], "validation": order[292:310], "test": order[310:]}
        write_json(folder / f"splits/seed_{seed}.json", split)
    classes = [f"class {n}" for n in range(10)]
    manifest = {"folds": [], "classes": classes, "data": "made clips", "kind": "sample"}
    write_json(folder / "manifest.json", manifest)
    seal(folder)
