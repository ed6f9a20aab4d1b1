"""Where everything lies in a checkout, relative to its root. tests/test_dvc_yaml.py holds dvc.yaml against it."""

from pathlib import Path

CLAIMS = Path("claims")
DATA = Path("data")
DOWNLOADS = DATA / "downloads"  # what was fetched, kept for the next time
RAW = DATA / "raw"  # a directory a family, and the clips in `sounds`
SPECTRA = DATA / "spectra"  # a directory a view
WINDOWS = DATA / "windows"  # a directory a family
MLRUNS = Path("mlruns")
REPORTS = Path("reports")
LEAKAGE = REPORTS / "leakage"  # a file a family
RESULTS = REPORTS / "results.json"
