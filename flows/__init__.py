"""Prefect flows around the work. Nothing in `pipeline` imports this package."""

import os

from pipeline.base.environment import settle
from pipeline.base.ports import direct

settle()  # before a module below imports NumPy or TensorFlow
os.environ.update(direct(os.environ))  # Prefect's client and MLflow's read it
