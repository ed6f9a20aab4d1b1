"""The numbers of parameters by arithmetic: the documents' own figures, and the counts of the models that are built."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.networks.build import build
from pipeline.params import load
from pipeline.spec.cells import BASELINES, FOREST
from pipeline.spec.sizes import parameters
from tests.made_networks import data, experiment, ids, vectors

Shape = tuple[int, int, int]
REUTERS: Shape = (100, 1000, 46)
JENA: Shape = (240, 14, 1)
CONVOLUTION = {"embedding_dim": 128, "filters": 256}
SIZES: dict[str, tuple[dict[str, Any], Shape, dict[str, int]]] = {
    "am_rnn_16": ({"variant": "relu_rnn", "units": 16}, (39, 43, 1), {"simple_rnn": 960, "dense": 17}),
    "am_64": ({"variant": "lstm", "units": 64}, (39, 43, 1), {"lstm": 27_648, "dense": 65}),
    "us_basic": ({"variant": "relu_rnn", "units": 20}, (400, 100, 10), {"simple_rnn": 2_420, "dense": 210}),
    "us_state": ({"variant": "lstm_state", "units": 20}, (400, 100, 10), {"lstm": 9_680, "dense": 210}),
    "imdb_rnn": (
        {"variant": "rnn", "frontend": {"embedding_dim": 32}, "units": 32},
        (500, 10_000, 1),
        {"embedding": 320_000, "simple_rnn": 2_080, "dense": 33},
    ),
    "imdb_cnn_lstm": (
        {
            "variant": "lstm",
            "frontend": {"embedding_dim": 100, "filters": 64, "kernel_size": 5, "pool_size": 4},
            "units": 55,
        },
        (100, 5_000, 1),
        {"embedding": 500_000, "conv1d": 32_064, "lstm": 26_400, "dense": 56},
    ),
    "reuters_mlp": (
        {"variant": "mlp", "frontend": {"embedding_dim": 128}, "units": 0, "readout": {"dense_units": 256}},
        REUTERS,
        {"embedding": 128_000, "dense": 3_277_056, "dense_2": 11_822},
    ),
    "reuters_lstm": (
        {"variant": "lstm", "frontend": {"embedding_dim": 128}, "units": 128},
        REUTERS,
        {"embedding": 128_000, "lstm": 131_584, "dense": 5_934},
    ),
    "reuters_cnn": (
        {"variant": "cnn", "units": 0, "readout": {"dense_units": 128}, "frontend": CONVOLUTION},
        REUTERS,
        {"embedding": 128_000, "conv1d": 98_560, "dense": 32_896, "dense_2": 5_934},
    ),
    "reuters_cnn_lstm": (
        {"variant": "lstm", "units": 128, "frontend": {"pool_size": 4, **CONVOLUTION}},
        REUTERS,
        {"embedding": 128_000, "conv1d": 98_560, "lstm": 197_120, "dense": 5_934},
    ),
    "mlp of pooled steps": (
        {"variant": "mlp", "units": 0, "frontend": {"filters": 3, "kernel_size": 4, "pool_size": 2}},
        (10, 5, 3),
        {"conv1d": 63, "dense": 30},  # 7 steps are left, 3 blocks of them
    ),
    "song_basic": ({"variant": "lstm", "units": 128}, (4, 1, 12), {"lstm": 66_560, "dense": 1_548}),
    "song_two_features": (
        {"variant": "lstm", "units": 128, "recurrent": {"state": "reset"}, "batch": 1},
        (4, 2, 12),
        {"lstm": 67_072, "dense": 1_548},
    ),
    "jena_gru": ({"variant": "gru_before", "units": 32}, JENA, {"gru": 4_512, "dense": 33}),
    "jena_gru of today": ({"variant": "gru", "units": 32}, JENA, {"gru": 4_608, "dense": 33}),
    "jena_gru_bidirectional": (
        {"variant": "gru", "units": 32, "bidirectional": True, "layers": 2},
        JENA,
        {"bidirectional": 9_216, "bidirectional_2": 18_816, "dense": 65},
    ),
    "product_rnn": (
        {"variant": "rnn", "units": 30, "layers": 2},
        (100, 2, 1),
        {"simple_rnn": 990, "simple_rnn_2": 1_830, "dense": 31},
    ),
    "product_lstm": (
        {"variant": "lstm", "units": 30, "layers": 2},
        (100, 2, 1),
        {"lstm": 3_960, "lstm_2": 7_320, "dense": 31},
    ),
}
SMALL: Shape = (5, 3, 3)  # 4 units: a gate has 3 x 4 + 4 x 4 + 4 = 32 parameters, a peephole 4
KINDS: dict[str, tuple[dict[str, Any], int]] = {
    "lstm": ({"variant": "lstm"}, 128),
    "lstm with peepholes": ({"variant": "lstm_peephole"}, 140),
    "lstm without input gate": ({"variant": "lstm_nig"}, 104),
    "lstm without forget gate": ({"variant": "lstm_nfg"}, 104),
    "lstm without output gate": ({"variant": "lstm_nog"}, 104),
    "lstm without input activation": ({"variant": "lstm_niaf"}, 140),
    "lstm without output activation": ({"variant": "lstm_noaf"}, 140),
    "lstm with coupled gates": ({"variant": "lstm_cifg"}, 104),
    "lstm whose gates hear gates": ({"variant": "lstm_fgr"}, 284),  # 9 x 4 x 4 more
    "mgu": ({"variant": "mgu"}, 64),
    "min_gru": ({"variant": "min_gru"}, 32),
    "min_lstm": ({"variant": "min_lstm"}, 48),
    "lstm, normalised": ({"variant": "lstm", "recurrent": {"layer_norm": True}}, 160),
    "lstm with peepholes, normalised": ({"variant": "lstm_peephole", "recurrent": {"layer_norm": True}}, 172),
    "gru, normalised": ({"variant": "gru", "recurrent": {"layer_norm": True}}, 132),
    "min_gru, normalised": ({"variant": "min_gru", "recurrent": {"layer_norm": True}}, 40),
}
LAYER = {"mgu": "mgu", "min_gru": "min_gru", "min_lstm": "min_lstm", "gru": "gru"}
SIZES |= {
    name: (options, SMALL, {LAYER.get(options["variant"], "lstm"): count, "dense": 15})
    for name, (options, count) in KINDS.items()
}
SIZES["two directions that are summed"] = (
    {"variant": "mgu", "bidirectional": True, "layers": 2, "recurrent": {"merge_mode": "sum"}},
    SMALL,
    {"bidirectional": 128, "bidirectional_2": 144, "dense": 15},
)
SIZES["MFCC blocks, pooled"] = (
    {
        "variant": "gru",
        "bidirectional": True,
        "frontend": {"mfcc": {"steps": 5, "coefficients": 3}},
        "readout": {"pooling": "mean_max", "input_statistics": True},
    },
    (20, 6, 3),  # 12 statistics a block; 16 of h and 24 of what it hears are read out
    {"bidirectional": 432, "dense": 123},
)
SIZES["convolutions over time and bands"] = (
    {
        "variant": "lstm",
        "frontend": {"average_steps": 2, "conv2d": [{"filters": 5, "pool_bands": 2}, {"filters": 3, "pool_steps": 2}]},
    },
    (20, 7, 3),  # 5 steps of 3 bands by 3 filters are left
    {"conv2d_1": 45, "norm_1": 10, "conv2d_2": 135, "norm_2": 6, "lstm": 224, "dense": 15},
)
TOTALS = {
    "am_rnn_16": 977,
    "am_64": 27_713,
    "us_basic": 2_630,
    "us_state": 9_890,
    "imdb_rnn": 322_113,
    "imdb_cnn_lstm": 558_520,
    "reuters_mlp": 3_416_878,
    "reuters_lstm": 265_518,
    "reuters_cnn": 265_390,
    "reuters_cnn_lstm": 429_614,
    "song_basic": 68_108,
    "song_two_features": 68_620,
    "jena_gru": 4_545,
    "jena_gru of today": 4_641,
    "product_rnn": 2_851,
    "product_lstm": 11_311,
}  # of protocols, sections 3 and 5


@pytest.mark.parametrize("name", SIZES)
def test_the_sizes_of_a_network(name: str) -> None:
    options, shape, expected = SIZES[name]
    found = parameters(experiment(**options), *shape)
    assert list(found.items()) == list(expected.items())
    assert sum(found.values()) == TOTALS.get(name, sum(expected.values()))


@pytest.mark.parametrize("variant", ["constant", "last_value", "forest"])
def test_a_baseline_has_no_parameters(variant: str) -> None:
    assert parameters(experiment(variant, epochs=int(variant == FOREST)), 100, 2, 1) == {}


def test_every_variant_of_the_sweep_is_measured() -> None:
    own = load(Path(__file__).parents[2] / "params.yaml")
    swept = {one.variant for one in own.grid.values()}
    assert swept - {options["variant"] for options, _, _ in SIZES.values()} == set(BASELINES) & swept


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("name", SIZES)
def test_a_built_model_has_these_sizes(name: str) -> None:
    options, (timesteps, features, outputs), expected = SIZES[name]
    chosen = experiment(**options)
    sequences: np.ndarray = ids(timesteps, features) if chosen.frontend.embedding_dim else vectors(timesteps, features)
    model = build(chosen, data(sequences, outputs), features, None, 0)
    learned = {layer.name: sum(math.prod(weight.shape) for weight in layer.trainable_weights) for layer in model.layers}
    found = {name: count for name, count in learned.items() if count}
    assert list(found.items()) == list(expected.items())
