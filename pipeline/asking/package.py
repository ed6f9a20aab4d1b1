"""A trained network as an MLflow model: signature, input example, labels, preprocessing, and the code that it needs.

It answers where there is neither the data nor this checkout: `mlflow.pyfunc.load_model`, `mlflow models serve`.
"""

import json
import logging
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.asking import readers
from pipeline.asking.question import Place, Reader
from pipeline.asking.trained import Trained, facts_of, model_of
from pipeline.base.files import digest_of
from pipeline.base.seal import seal
from pipeline.params import Params
from pipeline.running.keys import ROOT, closure
from pipeline.tracking.tracker import Tracker

CODE = ROOT / "pipeline" / "asking" / "served.py"
_NEEDED = (
    *("tensorflow", "keras", "numpy", "scipy", "pandas", "pydantic", "ruamel.yaml", "numba"),
    *("soundfile", "soxr", "librosa", "scikit-learn", "psutil", "rich", "requests", "pooch"),
)


def content_of(one: Trained, facts: dict[str, Any]) -> str:
    """Compute a digest of all that a package is made from: the network, its reader's facts, and the code."""
    code = [path.read_text(encoding="utf-8") for path in closure([CODE], ROOT)]
    return digest_of([one.run.key, one.logged.model, facts, code])


def example_of(reader: Reader, place: Place) -> str:
    """Return an input to try, as a server gets it: where inputs are files, the content of one."""
    example = reader.example(place)
    path = Path(example) if reader.of_files and len(example) < 4096 else None
    return reader.taken(path) if path and path.is_file() else example


def described(params: Params, one: Trained) -> dict[str, Any]:
    """Collect the facts that a package keeps: those of the reader, and who answers."""
    run = one.run
    who = {"family": run.experiment.family, "experiment": run.experiment.name, "seed": run.seed, "fold": run.fold}
    return {"labels": [], **facts_of(params, one), **who, "run_key": run.key, "data": run.dataset.label}


def signature_of(numbers: bool) -> Any:
    """One text in; out the answer, with the probability of each class or the number and its unit."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import Map

    classes = [ColSpec(Map(DataType.double), "probabilities")]
    of_numbers = [ColSpec(DataType.double, "value"), ColSpec(DataType.string, "unit")]
    answer = Schema([ColSpec(DataType.string, "answer"), *(of_numbers if numbers else classes)])
    return ModelSignature(Schema([ColSpec(DataType.string, "input")]), answer)


def write_package(tracker: Tracker, params: Params, one: Trained, out: Path) -> None:
    """Write the MLflow model of a trained run into a new folder, with the sha256 of every file in `sha256.json`."""
    import mlflow
    import pandas as pd

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    reader, facts = readers.READERS[one.run.experiment.family], described(params, one)
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "facts.json"
        kept.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        mlflow.pyfunc.save_model(
            out,
            python_model=str(CODE),
            artifacts={"network": str(model_of(tracker, one, Path(folder))), "facts": str(kept)},
            code_paths=[str(ROOT / "pipeline")],
            signature=signature_of(one.run.experiment.regression),
            input_example=pd.DataFrame({"input": [example_of(reader, one.place(params))]}),
            pip_requirements=[f"mlflow=={version('mlflow')}", *(f"{name}=={version(name)}" for name in _NEEDED)],
            metadata={name: facts[name] for name in ("family", "experiment", "seed", "run_key", "labels", "data")},
        )
    seal(out)
