"""The stages of dvc.yaml, a thin main each: download, originals, spectra, windows, train, judge, report."""
