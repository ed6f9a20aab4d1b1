"""What an experiment is: its groups of options, cells, sizes, the sweep, and the data of a run. Without TensorFlow."""
