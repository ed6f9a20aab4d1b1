"""Stage `windows`: sequences, lengths, targets and splits on disk with a manifest, and the leakage audit.

`python -m pipeline.stages.windows FAMILY` writes data/windows/FAMILY/, whose files the family defines, and
reports/leakage/FAMILY.json: {view: {split: audit}}, empty if nothing can leak.
"""

import sys

from pipeline.base.console import UserError, say
from pipeline.base.files import whole_directory, write_json
from pipeline.base.layout import LEAKAGE, RAW, SPECTRA, WINDOWS
from pipeline.base.seal import require_whole
from pipeline.experiments.family import Inputs, Leakage
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, load
from pipeline.sources.originals import ORIGINALS
from pipeline.stages.snapshot import stage


def windows(params: Params, name: str) -> Leakage:
    """Write the windows of a family, whole or not at all, and return its leakage audit."""
    family = FAMILIES[name]
    inputs = Inputs(RAW / family.originals, SPECTRA, params.most_seeds(name), params.sounds)
    if family.originals in ORIGINALS and inputs.raw.exists():  # clips are checked one by one, as spectra are
        require_whole(inputs.raw)
    with whole_directory(WINDOWS / name) as beside:
        return family.make_windows(params.needed(name), inputs, beside)


def summary(audit: Leakage) -> str:
    """Format, by view, the mean share of test clips whose recording is also in training."""
    shares = {view: [split["share"] for split in splits.values()] for view, splits in audit.items()}
    return ", ".join(f"{view} {sum(values) / len(values):.1%}" for view, values in shares.items())


@stage("windows")
def main() -> None:
    """Write the windows of the family that the command line names."""
    if len(sys.argv) != 2 or sys.argv[1] not in FAMILIES:
        raise UserError(f"expected one family of {', '.join(FAMILIES)}, found {' '.join(sys.argv[1:]) or 'none'}")
    name, params = sys.argv[1], load()
    say(f"windows: {name}")
    audit = windows(params, name)
    write_json(LEAKAGE / f"{name}.json", audit)
    if audit:
        say(f"windows: test clips whose recording is also in training: {summary(audit)}")


if __name__ == "__main__":
    main()
