"""Stage `train`: every experiment and seed that params.yaml asks for, to MLflow and reports/results.json."""

from collections.abc import Mapping

from pipeline.base.console import plural, say
from pipeline.base.files import write_json
from pipeline.base.layout import CLAIMS, MLRUNS, RAW, RESULTS, WINDOWS
from pipeline.judging.claims import document_points, load_claims
from pipeline.judging.seeds import asked_for
from pipeline.networks.runtime import check_environment
from pipeline.params import Params, load
from pipeline.perform import perform
from pipeline.running.calibration import calibrate
from pipeline.running.plan import plan
from pipeline.running.progress import Listener
from pipeline.spec.run import Run
from pipeline.stages.snapshot import stage
from pipeline.training.ensembles import ensembles, without_outputs
from pipeline.training.rows import Row


def train(
    params: Params,
    tags: Mapping[str, str] | None = None,
    listener: Listener = lambda share: None,
    minutes: float = 0.0,
) -> list[Row]:
    """Train every run that the params ask for and that is not trained yet, and return the rows of all.

    `tags` are added to those of its MLflow runs; `listener` receives the share of the work that is done. `minutes`: of
    one core, for more seeds where claims are undecided (see `pipeline.judging.seeds`).
    """
    check_environment()
    documents = load_claims(CLAIMS)
    calibrate(params, WINDOWS)
    runs = plan(params, WINDOWS)
    from pipeline.tracking.store import readable_errors  # slow to import: report a wrong params.yaml first
    from pipeline.tracking.tracker import Tracker

    with readable_errors(MLRUNS):
        tracker = Tracker(MLRUNS, tags)
        clips = RAW / "sounds" / "audio"

        def trained(runs: list[Run]) -> list[Row]:
            return perform(runs, tracker, lambda name: document_points(documents, name), WINDOWS, clips, listener)

        rows, more = trained(runs), dict[str, int]()
        while granted := asked_for(params, documents, rows, minutes):
            for wish in granted:
                say(f"train: {wish.line}")
            minutes -= sum(wish.minutes for wish in granted)
            more |= {wish.experiment: wish.seeds for wish in granted}
            rows = trained(plan(params, WINDOWS, more))
        return rows


def write_results(rows: list[Row]) -> None:
    """Write reports/results.json: every run, and every ensemble of them."""
    found = ensembles(rows)
    write_json(RESULTS, [without_outputs(row) for row in (*rows, *found)])
    more = f" and {plural(len(found), 'ensemble')}" if found else ""
    say(f"train: {RESULTS} holds {plural(len(rows), 'run')}{more}")


@stage("train")
def main() -> None:
    """Train what is not trained yet, and write the results of all."""
    params = load()
    write_results(train(params, minutes=params.run.minutes))


if __name__ == "__main__":
    main()
