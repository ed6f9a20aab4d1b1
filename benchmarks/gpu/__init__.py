"""What a GPU does with stacks of small recurrent networks: `python -m benchmarks.gpu`.

Needs only Python, JAX, Keras and NumPy, so that it can be carried to a bare machine; PyTorch is measured where it is.
"""
