"""City sounds: UrbanSound8K, its mirror, the built-in sample, and their windows."""
