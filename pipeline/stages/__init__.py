"""The stages of dvc.yaml, each with a thin main: download, originals, spectra, windows, train, judge, report."""

from pipeline.base.environment import settle

settle()  # before a module below imports NumPy or TensorFlow
