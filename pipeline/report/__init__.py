"""The HTML pages: claims and verdicts, families, leaderboard."""
