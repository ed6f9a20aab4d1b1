"""What runs the loop over time of a network: the loops of `scan` under XLA, or the kernel of cuDNN. Decided here alone.

XLA cannot hold the cuDNN kernel, so a run has either one or the other. cuDNN knows Keras' LSTM and GRU with tanh and
sigmoid, without recurrent dropout, and masks that are padded on the right, as everything here is.
"""

from typing import Any

from pipeline.spec.network import Network

Version = tuple[int, ...]
VARIANTS = ("lstm", "lstm_state", "gru")
WRONG = ((8, 1), (8, 9, 0))  # from, to: with a mask these versions give wrong results and say nothing


def _wrong(cudnn: Version) -> bool:
    """Return whether a version is, or for all that is known of it may be, one of those."""
    first, last = WRONG
    return cudnn == first[:1] or first <= cudnn <= last


def _against(network: Network, gpus: int, cudnn: Version | None) -> str | None:
    """Return the first reason not to take cuDNN, or None."""
    options = network.recurrent
    reasons = {
        "there is no GPU": not gpus,
        f"cuDNN has no '{network.variant}'": network.variant not in VARIANTS,
        f"cuDNN has no activation '{options.activation}'": options.activation != "tanh",
        f"cuDNN has no gates of '{options.recurrent_activation}'": options.recurrent_activation != "sigmoid",
        "cuDNN has no recurrent dropout": bool(options.recurrent_dropout),
        "cuDNN has no layer normalisation": options.layer_norm,
        "cuDNN has no truncated gradient": bool(options.tbptt_steps),
        "cuDNN 8.1 to 8.9.0 is wrong with masks": cudnn is not None and _wrong(cudnn),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def kernel_of(network: Network, gpus: int, cudnn: Version | None = None) -> tuple[str, str]:
    """Return "cudnn" or "xla" and why, for a network on a machine with so many GPUs and this version of cuDNN."""
    against = _against(network, gpus, cudnn)
    return ("xla", against) if against else ("cudnn", f"a GPU, and cuDNN has '{network.variant}' as it is asked for")


def machine() -> tuple[int, Version | None]:
    """Return the number of GPUs that TensorFlow sees, and the version of cuDNN that it was built for, if any."""
    import tensorflow as tf

    version = tf.sysconfig.get_build_info().get("cudnn_version")
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit()) if version else None
    return len(tf.config.list_physical_devices("GPU")), numbers or None


def kernel_in(model: Any) -> str:
    """Return "cudnn" or "xla", with which a Keras model was built; a saved one comes back for "xla"."""
    layers = [getattr(layer, "forward_layer", layer) for layer in model.layers]
    return "cudnn" if any(getattr(layer, "use_cudnn", None) is True for layer in layers) else "xla"
