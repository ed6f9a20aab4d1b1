"""The flow `sweep`: everything that params.yaml asks for, and the grid of its `sweep` too, then the leaderboard.

`python -m flows.sweep` runs it once; with PREFECT_API_URL set it shows in that server's UI. `make sweep` does the same
without Prefect.
"""

from flows.reproduce import reproduce
from pipeline.choice import write_choice
from pipeline.console import command, say
from pipeline.params import PARAMS


@command("sweep")
def main() -> None:
    """Write the choice into params.yaml, as `make sweep` does, and run the flow."""
    for change in write_choice(PARAMS, {"sweep": True}):
        say(f"sweep: {change}")
    reproduce()


if __name__ == "__main__":
    main()
