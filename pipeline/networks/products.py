"""Products: of the state with a recurrent kernel, inside the loop over time, and of inputs with their kernel."""

from typing import Any

from keras import ops

from pipeline.networks.arrays import split, total
from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.layer_norm import normal, normal_back


def flat(steps: Any) -> Any:
    """Reshape (timesteps, batch, units) to (timesteps * batch, units), so that one product serves all steps."""
    return ops.reshape(steps, (-1, steps.shape[2]))


def product(x: Any, kernel: Any, kernels: Kernels | None = None) -> Any:
    """Multiply x (rows, a) by a kernel (a, b), on JAX with kernels so that a stack of runs changes no bit."""
    if not (kernels or of_machine()).on or x.dtype != kernel.dtype or x.dtype != "float32":
        return ops.matmul(x, kernel)
    from pipeline.networks import kernel_products

    return kernel_products.matmul(kernels or of_machine(), x, ops.convert_to_tensor(kernel))


def _outer(x: Any, y: Any) -> Any:
    """Multiply x (rows, a), transposed, by y (rows, b), row by row: XLA then fuses it into the code that uses it."""
    rows = zip(ops.unstack(x), ops.unstack(y), strict=True)
    return total([a[:, None] * b for a, b in rows])


def _transposed_product(x: Any, y: Any) -> Any:
    """Multiply x (rows, a), transposed, by y (rows, b)."""
    return ops.matmul(ops.transpose(x), y)


def _summed(x: Any, kernel: Any) -> Any:
    """Multiply x (rows, a) by a kernel (a, b) as products and their sum, which cuBLAS does not do its own way."""
    return ops.sum(x[:, :, None] * kernel[None], axis=1)


class Recurrent:
    """The product of the state (h) with a recurrent kernel (width of the state, gates * units), and its gradients.

    `masks` are those of recurrent dropout: none, one (batch, width) for all gates, or one per gate.
    `gain` (gates * units,) is that of layer normalisation over the `units` of each gate, or None; with one the kernel
    must be `layer_norm.centred`.
    `thin` marks a thin batch (see `loops.thin`), for which a transposed copy of the kernel costs more than it saves.
    With `summed` the product has the same bits in a stack of any size on a GPU.
    """

    def __init__(
        self, kernel: Any, bias: Any, gain: Any, masks: list[Any], units: int, thin: bool, summed: bool = False
    ) -> None:
        self.bias, self.gain, self.masks, self.thin = bias, gain, masks, thin
        self._times = _summed if summed else ops.matmul
        self.kernel, self.units, self.columns = kernel, units, kernel.shape[1]
        self.parts = split(kernel, len(masks)) if masks else [kernel]
        self.turned = [part if thin else ops.transpose(part) for part in self.parts]  # once, not in every step

    def _masked(self, h: Any) -> list[Any]:
        return [h * mask for mask in self.masks] or [h]

    def product(self, h: Any) -> Any:
        """Multiply h (batch, width) by the kernel, normalise if there is a gain, and add the bias: (batch, columns)."""
        pairs = zip(self._masked(h), self.parts, strict=True)
        product = ops.concatenate([self._times(x, part) for x, part in pairs], axis=1)
        if self.gain is not None:
            product = self.gain * normal(product, self.units)[0]
        return product if self.bias is None else product + self.bias

    def remember(self, h: Any) -> None:
        """Keep what `back` needs with a gain; h is the state before every step, (timesteps, batch, width)."""
        pairs = zip(self._masked(h), self.parts, strict=True)
        rows = ops.concatenate([ops.matmul(flat(x), part) for x, part in pairs], axis=1)
        plain = ops.reshape(rows, (*ops.shape(h)[:2], self.columns))
        self.normalised, self.scales = normal(plain, self.units)

    def _plain_gradient(self, gradient: Any, t: Any = None) -> Any:
        """Compute the gradient of the plain product from that of what `product` returns, at step t or at all steps."""
        if self.gain is None:
            return gradient
        values = (self.normalised, self.scales) if t is None else (self.normalised[t], self.scales[t])
        return normal_back(gradient * self.gain, *values, self.units)

    def back(self, t: Any, gradient: Any) -> Any:
        """Compute the gradient of h, (batch, width), from that of the product at step t."""
        gates = split(self._plain_gradient(gradient, t), len(self.parts))
        turned = [ops.transpose(part) for part in self.turned] if self.thin else self.turned
        through = [ops.matmul(gate, part) for gate, part in zip(gates, turned, strict=True)]
        return total([x * mask for x, mask in zip(through, self.masks, strict=True)]) if self.masks else through[0]

    def kernel_gradient(self, h: Any, gradient: Any) -> Any:
        """Compute the gradient of the kernel from h before some steps and that of their plain products."""
        outer = _outer if self.thin else _transposed_product
        pairs = zip(self._masked(h), split(gradient, len(self.parts)), strict=True)
        return ops.concatenate([outer(flat(x), flat(gate)) for x, gate in pairs], axis=1)

    def weight_gradients(self, h: Any, gradient: Any) -> tuple[Any, Any, Any]:
        """Compute the gradients of kernel, bias and gain from h before each step and the gradient of each product."""
        kernel = self.kernel_gradient(h, self._plain_gradient(gradient))
        bias = None if self.bias is None else ops.sum(gradient, axis=(0, 1))
        gain = None if self.gain is None else ops.sum(gradient * self.normalised, axis=(0, 1))
        return kernel, bias, gain
