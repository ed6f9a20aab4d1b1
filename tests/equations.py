"""The documents' recurrent equations as they print them, and those of the papers, slow and readable, in float64.

Weights are named by what they stand before and for: "x_f" (features, units), "h_f" (units, units), "b_f" (units,) are
those of gate f, with "gain_x_f", "gain_h_f" (units,) where its products are normalised; "p_f" (units,) is its peephole,
"if" (units, units) leads from gate i of the step before to gate f. A row is one sequence, so a product is x W. `sigma`
is the documents' sigmoid. Every function takes sequences (batch, timesteps, features) and returns (h after every step
(batch, timesteps, units), c after the last).
"""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Weights = dict[str, Array]
Equations = Callable[[Weights, Array, Callable[[Array], Array]], tuple[Array, Array]]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array) -> Array:
    """The gates of Keras before 2.3 (protocols, section 5.1)."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def zeros(weights: Weights, sequences: Array) -> Array:
    return np.zeros((len(sequences), *next(w for name, w in weights.items() if name[0] == "b").shape))


def rnn_000(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """h_t = relu([x_t, h_{t-1}] W + b) (protocols, section 3)."""
    h, steps = zeros(weights, sequences), []
    w = np.concatenate([weights["x_h"], weights["h_h"]])
    for x in sequences.transpose(1, 0, 2):
        h = np.maximum(np.concatenate([x, h], axis=1) @ w + weights["b_h"], 0)
        steps.append(h)
    return np.stack(steps, axis=1), h


def rnn_002(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """H_t = tanh(W_hh H_{t-1} + W_xh x_t + b_h)."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        h = np.tanh(h @ weights["h_h"] + x @ weights["x_h"] + weights["b_h"])
        steps.append(h)
    return np.stack(steps, axis=1), h


def lstm_000(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """One matrix, gates f, i, o, g; c_t = f c_{t-1} + g i; h_t = tanh(c_t) o (protocols, section 3)."""
    h, c, steps = zeros(weights, sequences), zeros(weights, sequences), []
    w = np.concatenate([np.concatenate([weights[f"x_{gate}"], weights[f"h_{gate}"]]) for gate in "fiog"], axis=1)
    b = np.concatenate([weights[f"b_{gate}"] for gate in "fiog"])
    for x in sequences.transpose(1, 0, 2):
        f, i, o, g = np.split(np.concatenate([x, h], axis=1) @ w + b, 4, axis=1)
        c = sigma(f) * c + np.tanh(g) * sigma(i)
        h = np.tanh(c) * sigma(o)
        steps.append(h)
    return np.stack(steps, axis=1), c


def lstm_002(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """f_t, I_t, g_t, O_t of X_t W_xh + H_{t-1} W_hh + b; C_t = f_t C_{t-1} + I_t g_t; H_t = O_t tanh(C_t)."""
    h, c, steps = zeros(weights, sequences), zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        f = sigma(x @ weights["x_f"] + h @ weights["h_f"] + weights["b_f"])
        i = sigma(x @ weights["x_i"] + h @ weights["h_i"] + weights["b_i"])
        g = np.tanh(x @ weights["x_g"] + h @ weights["h_g"] + weights["b_g"])
        o = sigma(x @ weights["x_o"] + h @ weights["h_o"] + weights["b_o"])
        c = f * c + i * g
        h = o * np.tanh(c)
        steps.append(h)
    return np.stack(steps, axis=1), c


def lstm_003(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """i_t, g_t, f_t; C_t = f_t o C_{t-1} + i_t o g_t; O_t; h_t = O_t o tanh(C_t), with W x as columns."""
    h, c, steps = zeros(weights, sequences).T, zeros(weights, sequences).T, []
    w = {name: value.T if value.ndim == 2 else value[:, None] for name, value in weights.items()}
    for x in sequences.transpose(1, 2, 0):
        i = sigma(w["x_i"] @ x + w["h_i"] @ h + w["b_i"])
        g = np.tanh(w["x_g"] @ x + w["h_g"] @ h + w["b_g"])
        f = sigma(w["x_f"] @ x + w["h_f"] @ h + w["b_f"])
        c = f * c + i * g
        o = sigma(w["x_o"] @ x + w["h_o"] @ h + w["b_o"])
        h = o * np.tanh(c)
        steps.append(h.T)
    return np.stack(steps, axis=1), c.T


def gru_002(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """g_t = tanh(X_t W + (r_t h_{t-1}) W + b); h_t = (1 - z_t) h_{t-1} + z_t g_t: z = 1 takes the new."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        z = sigma(x @ weights["x_z"] + h @ weights["h_z"] + weights["b_z"])
        r = sigma(x @ weights["x_r"] + h @ weights["h_r"] + weights["b_r"])
        g = np.tanh(x @ weights["x_g"] + (r * h) @ weights["h_g"] + weights["b_g"])
        h = (1 - z) * h + z * g
        steps.append(h)
    return np.stack(steps, axis=1), h


def gru_after(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Keras' GRU, which no document prints: h = z h + (1 - z) tanh(x W + r (h W)): z = 1 keeps the old."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        z = sigma(x @ weights["x_z"] + h @ weights["h_z"] + weights["b_z"])
        r = sigma(x @ weights["x_r"] + h @ weights["h_r"] + weights["b_r"])
        g = np.tanh(x @ weights["x_g"] + r * (h @ weights["h_g"]) + weights["b_g"])
        h = z * h + (1 - z) * g
        steps.append(h)
    return np.stack(steps, axis=1), h


def heard(weights: Weights, name: str, values: Array) -> Array:
    """W v, or gain LN(W v) where there is a gain (Ba, Kiros and Hinton 2016), over the units of one gate."""
    product = values @ weights[name]
    if f"gain_{name}" in weights:
        spread = np.sqrt(product.var(axis=1, keepdims=True) + 1e-3)
        product = weights[f"gain_{name}"] * (product - product.mean(axis=1, keepdims=True)) / spread
    return product


def simple(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """h' = tanh(W x + R h + b)."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        h = np.tanh(heard(weights, "x_h", x) + heard(weights, "h_h", h) + weights["b_h"])
        steps.append(h)
    return np.stack(steps, axis=1), h


def odyssey(without: str) -> Equations:
    """Greff et al. 2017, section II, less what a variant of section III leaves out: "NIG", "NFG", ... or "" (vanilla).

    z = g(W_z x + R_z y + b_z); i = s(W_i x + R_i y + p_i c + b_i); f = s(W_f x + R_f y + p_f c + b_f);
    c' = z i + c f; o = s(W_o x + R_o y + p_o c' + b_o); y' = h(c') o; their z is our g.
    """

    def equations(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
        y = c = i = f = o = np.zeros((len(sequences), weights["b_g"].size))
        steps = []

        def total(gate: str, x: Array) -> Array:
            result = heard(weights, f"x_{gate}", x) + heard(weights, f"h_{gate}", y) + weights[f"b_{gate}"]
            if without == "FGR" and gate != "g":
                result = result + i @ weights[f"i{gate}"] + f @ weights[f"f{gate}"] + o @ weights[f"o{gate}"]
            return result

        for x in sequences.transpose(1, 0, 2):
            z = total("g", x) if without == "NIAF" else np.tanh(total("g", x))
            peephole = {gate: weights.get(f"p_{gate}", np.zeros(1)) for gate in "ifo"}
            new_i = np.ones_like(c) if without == "NIG" else sigma(total("i", x) + peephole["i"] * c)
            if without == "CIFG":
                new_f = 1 - new_i
            else:
                new_f = np.ones_like(c) if without == "NFG" else sigma(total("f", x) + peephole["f"] * c)
            new_c = z * new_i + c * new_f
            new_o = np.ones_like(c) if without == "NOG" else sigma(total("o", x) + peephole["o"] * new_c)
            y = (new_c if without == "NOAF" else np.tanh(new_c)) * new_o
            i, f, o, c = new_i, new_f, new_o, new_c
            steps.append(y)
        return np.stack(steps, axis=1), c

    return equations


def gru(after: bool) -> Equations:
    """Cho et al. 2014 as Keras signs z: h' = z h + (1 - z) n, the reset gate after the product or before it."""

    def equations(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
        h, steps = zeros(weights, sequences), []
        again = {gate: weights.get(f"hb_{gate}", np.zeros(1)) for gate in "zrn"}  # the bias of the recurrent product
        for x in sequences.transpose(1, 0, 2):
            z = sigma(heard(weights, "x_z", x) + heard(weights, "h_z", h) + weights["b_z"] + again["z"])
            r = sigma(heard(weights, "x_r", x) + heard(weights, "h_r", h) + weights["b_r"] + again["r"])
            told = r * (heard(weights, "h_n", h) + again["n"]) if after else heard(weights, "h_n", r * h)
            h = z * h + (1 - z) * np.tanh(heard(weights, "x_n", x) + told + weights["b_n"])
            steps.append(h)
        return np.stack(steps, axis=1), h

    return equations


def mgu(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Heck and Salem 2017: f = s(U h + W x + b); h~ = tanh(U (f h) + W x + b); h' = (1 - f) h + f h~."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        f = sigma(heard(weights, "h_f", h) + heard(weights, "x_f", x) + weights["b_f"])
        candidate = np.tanh(heard(weights, "h_n", f * h) + heard(weights, "x_n", x) + weights["b_n"])
        h = (1 - f) * h + f * candidate
        steps.append(h)
    return np.stack(steps, axis=1), h


def min_gru(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Feng et al. 2024, section 3.1: z = s(Linear(x)); h~ = Linear(x); h' = (1 - z) h + z h~."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        z = sigma(heard(weights, "x_z", x) + weights["b_z"])
        h = (1 - z) * h + z * (heard(weights, "x_n", x) + weights["b_n"])
        steps.append(h)
    return np.stack(steps, axis=1), h


def min_lstm(weights: Weights, sequences: Array, sigma: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Feng et al. 2024, section 3.2: f, i = s(Linear(x)); f', i' = f / (f + i), i / (f + i); h' = f' h + i' h~."""
    h, steps = zeros(weights, sequences), []
    for x in sequences.transpose(1, 0, 2):
        f = sigma(heard(weights, "x_f", x) + weights["b_f"])
        i = sigma(heard(weights, "x_i", x) + weights["b_i"])
        h = f / (f + i) * h + i / (f + i) * (heard(weights, "x_n", x) + weights["b_n"])
        steps.append(h)
    return np.stack(steps, axis=1), h


def slopes(function: Callable[[], float], array: Array, step: float = 1e-6) -> Array:
    """Return the derivative of a function by every number of an array that it reads, by central differences."""
    found = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        kept = array[place]
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        found[place] = (above - function()) / (2 * step)
        array[place] = kept
    return found
