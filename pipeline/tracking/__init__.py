"""MLflow: the store, the runs in it, what is delivered to it, and the files that go with a run."""
