"""LSTM and GRU in NumPy, in textbook style: a loop forward over the steps, and one back with the chain rule."""

from collections.abc import Callable
from typing import Any

import numpy as np

Forward = Callable[[list[np.ndarray], np.ndarray], tuple[np.ndarray, list[Any]]]
Backward = Callable[[list[np.ndarray], list[Any], np.ndarray], list[np.ndarray]]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Compute 1 / (1 + e^-x)."""
    return 1 / (1 + np.exp(-x))


def lstm_forward(weights: list[np.ndarray], sequences: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """Compute the last h, (batch, units), and what the backward pass needs of each step."""
    kernel, recurrent, bias = weights
    h = c = np.zeros((len(sequences), len(recurrent)), np.float32)
    steps = []
    for t in range(sequences.shape[1]):
        x = sequences[:, t]
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        before, c = c, f * c + i * g
        steps.append((x, h, before, i, f, g, o, np.tanh(c)))
        h = o * steps[-1][-1]
    return h, steps


def lstm_backward(weights: list[np.ndarray], steps: list[Any], dh: np.ndarray) -> list[np.ndarray]:
    """Compute the gradients of the weights. `dh`: the gradient of the last h, (batch, units)."""
    gradients, dc = [np.zeros_like(weight) for weight in weights], np.zeros_like(dh)
    for x, h, c, i, f, g, o, out in reversed(steps):
        dc = dc + dh * o * (1 - out**2)
        gates = [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * out * o * (1 - o)]
        d = np.concatenate(gates, axis=1)
        gradients[0] += x.T @ d
        gradients[1] += h.T @ d
        gradients[2] += d.sum(axis=0)
        dh, dc = d @ weights[1].T, dc * f
    return gradients


def gru_forward(weights: list[np.ndarray], sequences: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """Compute the last h, (batch, units), and what the backward pass needs of each step; reset after the product."""
    kernel, recurrent, bias = weights
    h = np.zeros((len(sequences), len(recurrent)), np.float32)
    steps = []
    for t in range(sequences.shape[1]):
        x = sequences[:, t]
        xz, xr, xn = np.split(x @ kernel + bias[0], 3, axis=1)
        hz, hr, hn = np.split(h @ recurrent + bias[1], 3, axis=1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        n = np.tanh(xn + r * hn)
        steps.append((x, h, z, r, n, hn))
        h = z * h + (1 - z) * n
    return h, steps


def gru_backward(weights: list[np.ndarray], steps: list[Any], dh: np.ndarray) -> list[np.ndarray]:
    """Compute the gradients of the weights. `dh`: the gradient of the last h, (batch, units)."""
    gradients = [np.zeros_like(weight) for weight in weights]
    for x, h, z, r, n, hn in reversed(steps):
        dz = dh * (h - n) * z * (1 - z)
        dn = dh * (1 - z) * (1 - n**2)
        dr = dn * hn * r * (1 - r)
        of_x, of_h = np.concatenate([dz, dr, dn], axis=1), np.concatenate([dz, dr, dn * r], axis=1)
        gradients[0] += x.T @ of_x
        gradients[1] += h.T @ of_h
        gradients[2] += np.stack([of_x.sum(axis=0), of_h.sum(axis=0)])
        dh = dh * z + of_h @ weights[1].T
    return gradients


CELLS: dict[str, tuple[Forward, Backward]] = {
    "lstm": (lstm_forward, lstm_backward),
    "gru": (gru_forward, gru_backward),
}
