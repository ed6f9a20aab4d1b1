"""What an entry of params.yaml is called and counted under. Labels change no result, and `from` inherits none."""

from pipeline.spec.group import Count, Group


class Labels(Group):
    """Names, and when an entry runs."""

    quick: bool = False  # part of the short round that `make reproduce` runs by default
    minutes: float = 1.0  # approximate time of one run on one core
    seeds: Count = 0  # 0: as many as in `run`
    ensemble: str = ""  # name of the ensemble that averages the probabilities of all runs with this label
    board: str = ""  # table of the leaderboard, and its line there (`entry`); empty: in none
    entry: str = ""
