"""What `make` calls beside the stages."""

from pipeline.base.environment import settle

settle()  # before a module below imports NumPy or TensorFlow
