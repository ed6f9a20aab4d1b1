"""Which kernel runs a network's loop over time, the loops of `scan` under XLA or cuDNN's; decided only here.

XLA cannot contain the cuDNN kernel, so a run has one or the other. cuDNN supports Keras' LSTM and GRU with tanh and
sigmoid, without recurrent dropout, and masks for padding on the right, which is the only padding here.
"""

from typing import Any

from pipeline.spec.network import Network

Version = tuple[int, ...]
VARIANTS = ("lstm", "lstm_state", "gru")
WRONG = ((8, 1), (8, 9, 0))  # from, to: with a mask these versions silently give wrong results


def _wrong(cudnn: Version) -> bool:
    """Check whether a version is in that range, or may be when only its first number is known."""
    first, last = WRONG
    return cudnn == first[:1] or first <= cudnn <= last


def _against(network: Network, gpus: int, cudnn: Version | None) -> str | None:
    """Find the first reason not to use cuDNN, or None."""
    options = network.recurrent
    reasons = {
        "there is no GPU": not gpus,
        f"cuDNN has no '{network.variant}'": network.variant not in VARIANTS,
        f"cuDNN has no activation '{options.activation}'": options.activation != "tanh",
        f"cuDNN has no gate activation '{options.recurrent_activation}'": options.recurrent_activation != "sigmoid",
        "cuDNN has no recurrent dropout": bool(options.recurrent_dropout),
        "cuDNN has no layer normalisation": options.layer_norm,
        "cuDNN has no truncated gradient": bool(options.tbptt_steps),
        "cuDNN 8.1 to 8.9.0 is wrong with masks": cudnn is not None and _wrong(cudnn),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def kernel_of(network: Network, gpus: int, cudnn: Version | None = None) -> tuple[str, str]:
    """Choose "cudnn" or "xla" for a network, by the number of GPUs and the cuDNN version. Returns (choice, reason)."""
    against = _against(network, gpus, cudnn)
    return ("xla", against) if against else ("cudnn", f"a GPU, and cuDNN has '{network.variant}' as requested")


def machine() -> tuple[int, Version | None]:
    """Return the number of GPUs that TensorFlow sees, and the cuDNN version it was built for, if any."""
    import tensorflow as tf

    version = tf.sysconfig.get_build_info().get("cudnn_version")
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit()) if version else None
    return len(tf.config.list_physical_devices("GPU")), numbers or None


def kernel_in(model: Any) -> str:
    """Tell which kernel a Keras model was built with, "cudnn" or "xla"; a saved model loads as "xla"."""
    layers = [getattr(layer, "forward_layer", layer) for layer in model.layers]
    return "cudnn" if any(getattr(layer, "use_cudnn", None) is True for layer in layers) else "xla"
