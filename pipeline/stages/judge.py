"""Stage `judge`: every claim of claims/ against reports/results.json -> reports/claims.json, reports/verdicts.json."""

from pathlib import Path

from pipeline.console import command, say
from pipeline.files import write_json
from pipeline.judging.claims import CLAIMS, load_claims
from pipeline.judging.judgement import count_verdicts, judge_documents
from pipeline.judging.measures import read_results
from pipeline.judging.structure import structure_of
from pipeline.params import load

REPORTS = Path("reports")


def judge() -> None:
    """Judge every claim and write the verdicts."""
    rows, structure = read_results(REPORTS / "results.json"), structure_of(load())
    records = judge_documents(load_claims(CLAIMS), rows, structure)
    counts = count_verdicts(records)
    write_json(REPORTS / "claims.json", records)
    write_json(REPORTS / "verdicts.json", counts)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    say(f"judge: {REPORTS / 'claims.json'}: {len(records)} claims: {summary}")


main = command("judge")(judge)

if __name__ == "__main__":
    main()
