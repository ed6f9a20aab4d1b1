"""Claims, statistics of runs, verdicts, and the leaderboard of the sweep."""
