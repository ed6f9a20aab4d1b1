"""What one run does in an epoch and to predict, as functions that JAX compiles for a stack of runs.

They are written for one run, `lax.fori_loop` goes over its batches, and `jax.vmap` stacks them. The number of batches
is given when a program runs, not compiled in: one serves the validation part, the test part and the examples, and an
epoch of any length.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

from pipeline.spec.data import ABSENT
from pipeline.training.ahead_of_time import AheadOfTime
from pipeline.training.augmentation import augment
from pipeline.training.draws import Draws
from pipeline.training.losses import right
from pipeline.training.mixup import mixed, neighbours
from pipeline.training.setup import NO_AUGMENTATION, Setup
from pipeline.training.stack_values import Values

PREDICT_BATCH = 50


class StackProgram:
    """The compiled functions of a stack: `epoch` and `predict`."""

    def __init__(self, setup: Setup) -> None:
        model, optimizer = setup.model, setup.optimizer
        self._model, self._optimizer = model, optimizer
        self._loss, self._offsets, self._carry = setup.loss_of_rows, setup.offsets, setup.carry
        self._mixup, self._augmentation = setup.mixup, setup.augmentation.of_clips
        states = [id(state) for layer in model.layers if getattr(layer, "stateful", False) for state in layer.states]
        self._carried = [id(variable) in states for variable in model.non_trainable_variables]
        self.at_once = 1 if any(self._carried) else PREDICT_BATCH
        self.averages = places_of(optimizer.variables, _moving_averages(optimizer))
        self.epoch = AheadOfTime(jax.vmap(self._epoch_of, in_axes=(0, 0, 0, None, 0, 0, None)))
        self.predict = AheadOfTime(jax.vmap(self._predict_of, in_axes=(0, 0, None, 0, None)))

    def _forgotten(self, others: list[Any]) -> list[Any]:
        """Set the states that are carried from row to row to zero."""
        pairs = zip(others, self._carried, strict=True)
        return [jnp.zeros_like(value) if carried else value for value, carried in pairs]

    def _inputs(self, store: Any, which: Any, rows: Any) -> list[Any]:
        sequences, lengths, _ = store
        steps = sequences[which, rows if self._offsets is None else rows[:, None] + self._offsets]
        return [steps.astype(self._model.inputs[0].dtype), lengths[which, rows]][: len(self._model.inputs)]

    def _asked(self, outputs: Any, targets: Any, shares: Any) -> Any:
        """Compute the loss of each row, with that of the neighbours for mixed rows."""
        if shares is None:
            return self._loss(outputs, targets)
        return shares * self._loss(outputs, targets) + (1 - shares) * self._loss(outputs, neighbours(targets))

    def _update(self, values: Values, seed: Any, which: Any, store: Any, rows: Any) -> tuple[Values, tuple[Any, Any]]:
        """Update the weights of one run by one batch; return its loss and accuracy before the update."""
        trainable, others, optimizer = values
        there = rows > ABSENT
        weights = there.astype(jnp.float32) / there.astype(jnp.float32).sum()
        rows = jnp.maximum(rows, 0)
        targets, inputs, shares = store[2][which, rows], self._inputs(store, which, rows), None
        draws = Draws(seed, optimizer[0])  # the number of the update
        if self._augmentation != NO_AUGMENTATION:
            inputs = [augment(inputs[0], self._augmentation, draws)]
        if self._mixup:
            shares = self._mixup.shares(draws, there)
            inputs = [mixed(inputs[0], shares)]

        def loss_of(trainable: list[Any]) -> tuple[Any, tuple[Any, list[Any]]]:
            call = partial(self._model.stateless_call, training=True, return_losses=True)
            outputs, after, penalties = call(trainable, others, inputs)
            loss = (weights * self._asked(outputs, targets, shares)).sum() + sum(penalties)
            return loss, (outputs, after)

        (loss, (outputs, others)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        trainable, optimizer = self._optimizer.stateless_apply(optimizer, gradients, trainable)
        return (trainable, others, optimizer), (loss, (weights * right(outputs, targets)).sum())

    def _epoch_of(self, values: Values, seed: Any, which: Any, store: Any, rows: Any, batches: Any, most: Any) -> Any:
        """Train one run on its `batches`; `most` is the largest number of them in the stack."""
        trainable, others, optimizer = values
        start = trainable, others if self._carry else self._forgotten(others), optimizer

        def step(place: Any, done: tuple[Values, Any, Any]) -> tuple[Values, Any, Any]:
            values, losses, hits = done
            new, (loss, hit) = self._update(values, seed, which, store, _at(rows, place))
            kept = jax.tree.map(partial(jnp.where, place < batches), new, values)
            return kept, _set(losses, place, loss), _set(hits, place, hit)

        measured = jnp.zeros(len(rows)), jnp.zeros(len(rows))
        after, losses, hits = lax.fori_loop(0, most, step, (start, *measured))
        return jax.tree.map(partial(jnp.where, batches > 0), after, values), losses, hits

    def _measured(self, values: Values) -> list[Any]:
        """Choose the weights that are measured: their average over the updates, if the optimizer keeps one."""
        trainable, _, optimizer = values
        if not self.averages:
            return trainable
        averages = [optimizer[n] for n in self.averages]
        return [jnp.where(optimizer[0] > 0, mean, value) for mean, value in zip(averages, trainable, strict=True)]

    def _predict_of(self, values: Values, which: Any, store: Any, rows: Any, most: Any) -> Any:
        trainable = self._measured(values)
        call = partial(self._model.stateless_call, training=False)

        def step(place: Any, done: tuple[list[Any], Any]) -> tuple[list[Any], Any]:
            others, outputs = done
            found, others = call(trainable, others, self._inputs(store, which, _at(rows, place)))
            return others, _set(outputs, place, found)

        outputs = jnp.zeros((*rows.shape, self._model.outputs[0].shape[-1]))
        return lax.fori_loop(0, most, step, (self._forgotten(values[1]), outputs))[1]


def _at(array: Any, place: Any) -> Any:
    return lax.dynamic_index_in_dim(array, place, keepdims=False)


def _set(array: Any, place: Any, value: Any) -> Any:
    return lax.dynamic_update_index_in_dim(array, value, place, 0)


def places_of(variables: Sequence[Any], some: Sequence[Any]) -> list[int]:
    """Find the places of some of the variables among all."""
    every = {id(variable): place for place, variable in enumerate(variables)}
    return [every[id(variable)] for variable in some]


def _moving_averages(optimizer: Any) -> list[Any]:
    return list(optimizer._model_variables_moving_average) if optimizer.use_ema else []
