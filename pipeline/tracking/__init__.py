"""MLflow: the store, its runs, delivery to it, and the files of a run."""
