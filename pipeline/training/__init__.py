"""Training of one run: the compiled epoch, losses, optimizers, metrics, checkpoints, and its row of results.json."""
