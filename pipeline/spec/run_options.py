"""What to run: the section `run` of params.yaml."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from pipeline.spec.group import MOST, Group

Engine = Literal["auto", "tensorflow", "jax"]
ENGINES: tuple[str, ...] = get_args(Engine)


class RunOptions(Group):
    """What to run: `quick`, `all` or names; the seeds 0 to seeds - 1; which originals to fetch.

    `most_seeds`: up to so many are added where claims are undecided, for `minutes` of one core in all. A verdict takes
    5, and one more where a seed draws the document's own random numbers.
    `originals`: true for those of every family, or a list of families; without them sounds run on the built-in sample.
    `sweep`: whether to run the grid too. `engine`: what trains; auto is TensorFlow, but with a GPU whatever
    costs less.
    """

    experiments: Literal["quick", "all"] | list[str] = "quick"
    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    most_seeds: Annotated[int, Field(ge=0, le=1000)] = 0  # 0: none are added
    minutes: Annotated[float, Field(ge=0, le=MOST)] = 6.0
    originals: bool | list[str] = False
    sweep: bool = False
    engine: Engine = "auto"

    def wants(self, family: str) -> bool:
        """Check whether the originals of a family are asked for."""
        return family in self.originals if isinstance(self.originals, list) else self.originals

    def without(self, family: str) -> str | None:
        """Explain why the originals of a family are not fetched; None if they are."""
        if self.wants(family):
            return None
        state = "names other families" if self.originals else "is false"
        return f"run.originals {state}; ORIGINALS=1 fetches it"
