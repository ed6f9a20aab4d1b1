"""figures.csv, the table of the documents' figures beside this checkout, and the claim of each of its rows."""

import csv
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
NAMES = {
    "cost": "loss",
    "train_acc": "accuracy",
    "val_acc": "val_accuracy",
    "secs_block": "block_seconds",
    "secs_total": "total_seconds",
    "train_time": "train_seconds",
    "test_acc": "test_accuracy",
    "test_eval_time": "test_seconds",
}


IDS = {
    "IMDB-RNN": "imdb_rnn",
    "IMDB-RNN-seq": "imdb_rnn_seq",
    "IMDB-LSTM": "imdb_lstm",
    "IMDB-LSTM-pred10": "imdb_lstm",
    "IMDB-CNNLSTM": "imdb_cnn_lstm",
    "REUTERS": "reuters",
    "REUTERS-MLP": "reuters_mlp",
    "REUTERS-LSTM": "reuters_lstm",
    "REUTERS-CNN": "reuters_cnn",
    "REUTERS-CNNLSTM": "reuters_cnn_lstm",
    "MUSIC-DATA": "song",
    "MUSIC-BASIC": "song_basic",
    "MUSIC-STATEFUL": "song_state",
    "MUSIC-MULTI": "song_two_features",
    "JENA-DATA": "jena",
    "JENA-NAIVE": "jena_naive",
}
METRICS = {
    "params embedding": "embedding",
    "params simple_rnn": "simple_rnn",
    "params total (summary has no Dense)": "summary",
    "params total (return_sequences=True)": "summary",
    "params dropout": "dropout",
    "params conv1d": "conv1d",
    "params maxpool": "max_pooling1d",
    "params lstm": "lstm",
    "params dense": "dense",
    "params total": "parameters",
    "params trainable": "trainable",
    "params non-trainable": "non-trainable",
    "loss": "loss",
    "acc": "accuracy",
    "val_loss": "val_loss",
    "val_acc": "val_accuracy",
    "test_acc": "test_accuracy",
    "labels of x_test[:10]": "first-ten-labels",
    "predictions": "first-ten-predictions",
    "number of newswires": "wires",
    "classes": "topics",
    "time per epoch": "seconds",
    "dataset shape": "shape",
    "evaluate acc": "evaluate",
    "rows": "rows",
    "columns incl. date": "columns",
    "MAE (normalised)": "mae",
}
IN_WORDS = {  # figures within a sentence, which is the claim
    "max gradient span of LSTM": "lstm-1000-steps",
    "truncated BPTT typical length": "truncated-bptt",
    "year of LSTM": "lstm-1997",
    "year of GRU": "gru-2014",
    "forget-gate bias initial value": "forget-bias",
    "data vs parameters warning": "few-data",
    "samples per day": "jena.samples-per-day",
}
_LIST = "counted from a printed list, which is the claim"
_STEP = "the seconds of the epoch over its articles; the document is held against itself"
WITHOUT_CLAIM = {
    ("US-basic-10_10-e10", "visualise 3 clips correct"): "nobody knows which clips these were",
    ("IMDB-LSTM-pred10", "correct"): _LIST,
    **{(f"MUSIC-{name}", "one-step sequence matches"): _LIST for name in ("BASIC", "STATEFUL", "MULTI")},
    **{(f"MUSIC-{name}", "full-song sequence matches"): _LIST for name in ("STATEFUL", "MULTI")},
    **{(f"REUTERS-{name}", "time per step"): _STEP for name in ("MLP", "LSTM", "CNN", "CNNLSTM")},
    ("MUSIC-DATA", "one-hot size"): "the code prints it, the document does not show what",
    ("JENA-GRU", "(figure only)"): "a curve without figures",
    ("PROD-RNN", "(figure only)"): "a curve without figures",
    ("PROD-LSTM", "(figure only)"): "a curve without figures",
}


def table(number: str) -> list[dict[str, str]]:
    """Return the rows of figures.csv of a document."""
    path = SHARED / "figures.csv"
    if not path.exists():
        pytest.skip("the table of figures is not beside this checkout")
    with path.open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if number in row["document"].split(",")]


def log_id(experiment: str, metric: str) -> str:
    """Return the id, within document 000 or 001, of a row of figures.csv."""
    if experiment == "US-claim":
        return "slow-down"
    log = "am_64-e10" if experiment.startswith("AUT") else experiment.replace("US-", "us_").replace("-10_", "_10_")
    if metric.startswith("visualise p(valid)"):
        strings = ("zk4", "1803", "9/e1")
        place = next(place for place, start in enumerate(strings, 1) if start in metric)
        return f"am_64.probability-{place}"
    if metric.startswith("final accuracy"):
        return f"{log}.percent"
    name, _, epoch = metric.partition("@epoch")
    return f"{log}.{NAMES[name]}" + (f"@{epoch}" if epoch else "")


def figure_id(row: dict[str, str]) -> str:
    """Return the id, within its document, of a row of figures.csv that is a claim."""
    if set(row["document"].split(",")) & {"000", "001"}:
        return log_id(row["experiment_id"], row["metric"])
    return f"{IDS[row['experiment_id']]}.{METRICS[row['metric'].partition('@epoch')[0]]}"
