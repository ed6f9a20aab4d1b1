"""The wiring: Prefect flows and nothing else. Nothing imports this package."""

from pipeline.base.environment import settle

settle()  # before a module below imports NumPy or TensorFlow
