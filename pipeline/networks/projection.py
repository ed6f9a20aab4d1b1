"""The product of the inputs of a recurrent layer with their kernel, for all gates."""

from typing import Any, NamedTuple

from keras import ops

from pipeline.networks.arrays import split
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.layer_norm import centred, normal
from pipeline.networks.products import flat, product


class Projection(NamedTuple):
    """Inputs (timesteps, batch, features) times their kernel (features, gates * units), plus a bias or None.

    `masks` are those of input dropout: none, one (batch, features) for all gates, or one per gate. With a `gain`
    (gates * units,) the product is normalised over the `units` of each gate. `kernels` is that of `loop.FastLoop`.
    """

    inputs: Any
    kernel: Any
    bias: Any
    gain: Any
    units: int
    masks: list[Any]
    kernels: Kernels | None = None

    @property
    def plain(self) -> bool:
        """Tell whether this is no more than a product and a bias."""
        return self.gain is None and len(self.masks) < 2

    @property
    def dropped(self) -> list[Any]:
        """The inputs after dropout, for all gates, or for each of them."""
        return [self.inputs * mask for mask in self.masks] or [self.inputs]

    def every(self) -> Any:
        """Project every step, (timesteps, batch, gates * units), in one product."""
        kernel = self.kernel if self.gain is None else centred(self.kernel, self.units)
        parts = split(kernel, len(self.masks)) if self.masks else [kernel]
        products = [product(flat(x), part, self.kernels) for x, part in zip(self.dropped, parts, strict=True)]
        projected = ops.concatenate(products, axis=1)
        projected = projected if self.gain is None else self.gain * normal(projected, self.units)[0]
        projected = projected if self.bias is None else projected + self.bias
        return ops.reshape(projected, (*ops.shape(self.inputs)[:2], self.kernel.shape[1]))
