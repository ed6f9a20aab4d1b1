"""The model that MLflow serves, as code: MLflow keeps this file with the network and loads it in any process.

No object is pickled. The network is a `.keras` file, and what its reader needs to know is JSON.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel

from pipeline.asking.question import WrongInputError
from pipeline.asking.readers import READERS


class Network(PythonModel):
    """A trained network that reads texts: column `input`, one question a row."""

    def load_context(self, context: Any) -> None:
        """Load the network and the facts of its reader."""
        from pipeline.asking.hearing import load_network

        self._facts = json.loads(Path(context.artifacts["facts"]).read_text(encoding="utf-8"))
        self._reader = READERS[self._facts["family"]]
        self._network = load_network(Path(context.artifacts["network"]))
        self._alone = threading.Lock()  # a network with state hears one question at a time

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[dict[str, Any]]:
        """Answer every row. Raises MlflowException, which a server turns into a 400, for an input of the wrong form."""
        with self._alone:
            return [self._answer(text) for text in _texts(model_input["input"])]

    def _answer(self, text: Any) -> dict[str, Any]:
        from pipeline.asking.hearing import ask

        try:
            if not isinstance(text, str):
                raise WrongInputError(f"{text!r} is not a text")
            question = self._reader.read(text, self._facts)
        except WrongInputError as error:
            words = f"{error}; expected {self._reader.form}"
            raise MlflowException(words, error_code=INVALID_PARAMETER_VALUE) from None
        return self._reader.answer(ask(self._network, question), self._facts).as_json()


def _texts(column: pd.Series) -> Iterator[Any]:
    """Yield the inputs of a column. Without a server, MLflow turns `{"input": [...]}` into a single row."""
    for cell in column:
        yield from cell if isinstance(cell, list | tuple | np.ndarray) else (cell,)


set_model(Network())
