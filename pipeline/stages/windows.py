"""The stage `windows`: sequences, lengths, targets and splits on disk with a manifest, and the leakage audit.

data/windows/<family>/...: what is there, the family's module says. reports/leakage.json: {view: {split: audit}}.
"""

from pathlib import Path

from pipeline.base.console import command, say
from pipeline.base.files import whole_directory, write_json
from pipeline.experiments import FAMILIES
from pipeline.params import load
from pipeline.stages.spectra import SPECTRA

RAW, WINDOWS = Path("data/raw"), Path("data/windows")
LEAKAGE = Path("reports/leakage.json")


def summary(audit: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return one line with the share of test clips that share a recording with training, by view."""
    shares = {view: [split["share"] for split in splits.values()] for view, splits in audit.items()}
    return ", ".join(f"{view} {sum(values) / len(values):.1%}" for view, values in shares.items())


@command("windows")
def main() -> None:
    """Make the windows of every family."""
    params = load()
    audit = {}
    with whole_directory(WINDOWS) as beside:
        for family, module in FAMILIES.items():
            experiments = [e for e in params.needed().values() if e.family == family]
            if experiments:
                say(f"windows: {family}")
            audit.update(module.make_windows(experiments, params, RAW / family, SPECTRA, beside / family))
    write_json(LEAKAGE, audit)
    say(f"windows: test clips whose recording is also in training: {summary(audit)}")


if __name__ == "__main__":
    main()
