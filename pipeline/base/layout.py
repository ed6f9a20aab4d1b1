"""Paths in a checkout, relative to its root. tests/test_dvc_yaml.py compares dvc.yaml with them."""

from pathlib import Path

CLAIMS = Path("claims")
DATA = Path("data")
DOWNLOADS = DATA / "downloads"  # fetched files, kept for the next time
RAW = DATA / "raw"  # one directory per family; clips are in `sounds`
SPECTRA = DATA / "spectra"  # one directory per view
WINDOWS = DATA / "windows"  # one directory per family
MLRUNS = Path("mlruns")
REPORTS = Path("reports")
LEAKAGE = REPORTS / "leakage"  # one file per family
RESULTS = REPORTS / "results.json"
