"""What an entry of params.yaml is called and counted under. Nothing here changes a result, and `from` inherits none."""

from pipeline.spec.group import Count, Group


class Labels(Group):
    """Names, and what is chosen when."""

    quick: bool = False  # part of the short round that `make reproduce` runs by default
    minutes: float = 1.0  # about how long one run takes on one core
    seeds: Count = 0  # how many; 0: as many as `run` says
    ensemble: str = ""  # the name under which the probabilities of all runs that have it are averaged too
    board: str = ""  # the table of the leaderboard that it stands in, and its line there; empty: in none
    entry: str = ""
