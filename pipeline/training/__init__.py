"""Training of one run: the compiled epoch, losses, optimizers, metrics, checkpoints, and the row in results.json."""
