"""Paths in a checkout, relative to its root. tests/test_dvc_yaml.py compares dvc.yaml with them."""

from pathlib import Path

from pipeline.base.console import UserError

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


def require_plain(folder: Path) -> None:
    """Raise UserError for a place whose name means something else in an address or a configuration file."""
    found = sorted({letter for letter in str(folder) if letter in "?#%"})
    if found:
        raise UserError(
            f"{folder}: {' and '.join(found)} in a path mean something else to databases; move the checkout"
        )
