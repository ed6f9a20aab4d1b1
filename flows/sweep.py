"""The flow `sweep`: everything that params.yaml asks for and the grid of its `sweep`, then the leaderboard.

`python -m flows.sweep` runs it once; with PREFECT_API_URL and PREFECT_API_AUTH_STRING set, it shows in that server's
UI. `make sweep` does the same without Prefect.
"""

from prefect import flow

from flows.names import Originals, Seeds
from flows.reproduce import choose, run_all
from flows.talk import prefect_at_hand
from pipeline.base.console import command
from pipeline.base.locks import hold
from pipeline.params import load


@flow(name="sweep", flow_run_name="the grid of params.yaml", log_prints=True)
def sweep(seeds: Seeds | None = None, originals: Originals | None = None) -> None:
    """Write the choice into params.yaml, as `make sweep` does, and run all of it."""
    with hold("the flow `sweep`", wait=True):
        choose({"sweep": True, "seeds": seeds, "originals": originals})
        run_all()


@command("sweep")
def main() -> None:
    """Run the flow."""
    load()
    with prefect_at_hand():
        sweep()


if __name__ == "__main__":
    main()
