"""The stages of dvc.yaml, each with a thin main: download, originals, spectra, windows, train, judge, report."""
