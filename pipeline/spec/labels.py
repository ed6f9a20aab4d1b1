"""What an entry of params.yaml is called and counted under. Labels change no result, and `from` inherits none."""

from typing import Annotated

from pydantic import Field

from pipeline.spec.group import MOST, Group, OptionalName


class Labels(Group):
    """Names, and when an entry runs."""

    quick: bool = False  # part of the short round that `make reproduce` runs by default
    minutes: Annotated[float, Field(ge=0, le=MOST)] = 1.0  # approximate time of one run on one core
    seeds: Annotated[int, Field(ge=0, le=1000)] = 0  # 0: as many as in `run`
    ensemble: OptionalName = ""  # name of the ensemble that averages the probabilities of all runs with this label
    board: OptionalName = ""  # table of the leaderboard, and its line there (`entry`); empty: in none
    entry: OptionalName = ""
