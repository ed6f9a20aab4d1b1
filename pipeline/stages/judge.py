"""Stage `judge`: reports/results.json -> claims.json, verdicts.json and calibration.json, leaderboard.csv and .json.

Every claim in claims/ is compared with the runs, the judge is tried on claims with a known truth, and the entries of
the sweep are compared with each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.base.console import plural, say
from pipeline.base.files import write_json, write_text
from pipeline.base.layout import CLAIMS, REPORTS, RESULTS
from pipeline.judging.calibration import calibrate
from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import count_verdicts, judge_documents
from pipeline.judging.leaderboard import as_csv, leaderboard
from pipeline.judging.measures import read_results
from pipeline.judging.structure import structure_of
from pipeline.params import load
from pipeline.stages.snapshot import stage


def judge() -> None:
    """Judge every claim, rank every board, and write the files."""
    rows, structure = read_results(RESULTS), structure_of(load())
    records = judge_documents(load_claims(CLAIMS), rows, structure)
    counts, found = count_verdicts(records), leaderboard(rows)
    write_json(REPORTS / "claims.json", records)
    write_json(REPORTS / "verdicts.json", counts)
    write_json(REPORTS / "calibration.json", calibrate(rows))
    write_text(REPORTS / "leaderboard.csv", as_csv(found["boards"]))
    write_json(REPORTS / "leaderboard.json", found)
    say(f"judge: {REPORTS / 'claims.json'}: {plural(len(records), 'claim')}{_ranked(found['boards'])}")
    for kind, verdicts in counts.items():
        say(f"judge: {kind}: {', '.join(f'{count} {verdict}' for verdict, count in verdicts.items())}")


def _ranked(boards: Sequence[Mapping[str, Any]]) -> str:
    """Name the boards that were ranked; empty if there are none."""
    return f"; {REPORTS / 'leaderboard.csv'}: {', '.join(one['board'] for one in boards)}" if boards else ""


main = stage("judge")(judge)

if __name__ == "__main__":
    main()
