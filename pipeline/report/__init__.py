"""The pages: claims and verdicts, the families, the leaderboard."""
