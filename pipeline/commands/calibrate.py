"""`make calibrate`: try the judge on claims with a known truth, planted in the runs of reports/results.json.

Writes reports/calibration.json, as the stage `judge` does, and prints what it found.
"""

from pipeline.base.console import UserError, command, say
from pipeline.base.files import write_json
from pipeline.base.layout import REPORTS, RESULTS
from pipeline.judging.calibration import calibrate
from pipeline.judging.measures import read_results
from pipeline.judging.verdicts import SEEDS
from pipeline.report.calibration import calibration


@command("calibrate")
def main() -> None:
    """Plant claims, judge them, and print how often the judge was wrong and what it caught."""
    found = calibrate(read_results(RESULTS))
    shown = calibration(found)
    if shown is None:
        raise UserError(
            f"{RESULTS}: no experiment has more than {SEEDS} seeds, so there is nothing to plant claims in;\n"
            "run `make reproduce SEEDS=10`"
        )
    write_json(REPORTS / "calibration.json", found)
    for name, share in shown["rows"]:
        say(f"calibrate: {name}: {share}")
    for name, planted, caught, passed in (*shown["sizes"], *shown["kinds"]):
        say(f"calibrate: false, {name}: {planted} planted, {caught} caught, {passed} called reproduced")


if __name__ == "__main__":
    main()
