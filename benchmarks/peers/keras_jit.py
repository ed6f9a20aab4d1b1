"""Keras with its own remedies for overhead: the step compiled by XLA, all steps of an epoch in one execution."""

from typing import Any

from benchmarks.peers.keras_fit import KerasFit, compile_model, model_of
from benchmarks.work import Work
from pipeline.networks.runtime import PLAIN_XLA, start_tensorflow


class KerasJit(KerasFit):
    """`fit` with jit_compile and steps_per_execution."""

    def model(self, work: Work) -> Any:
        """Build the model without cuDNN, with which Keras would refuse to compile it with XLA."""
        return model_of(work, use_cudnn=False)

    def compile(self, steps: int) -> None:
        """Compile for this number of steps, unless that is already done."""
        if steps != self._steps:
            compile_model(self._model, self._optimizer, jit_compile=True, steps_per_execution=steps)


def peer() -> KerasJit:
    """Start TensorFlow and return the peer."""
    start_tensorflow(flags=PLAIN_XLA)
    return KerasJit()
