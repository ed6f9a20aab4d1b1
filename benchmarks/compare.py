"""Compare our training with the peers: check equal losses first, then time a step (CPU and wall), taking turns."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.peers.process import started
from benchmarks.peers.turns import Member, check, first_losses, measure, warm_up
from benchmarks.work import Work
from pipeline.base.console import say

PEERS = ("keras fit", "keras jit", "pytorch", "jax", "numpy")
ANYWHERE = ""
# The target ratio, by peer and work.
GOALS: dict[tuple[str, str], float] = {
    ("keras fit", "50x10x10"): 12.0,
    ("keras fit", "400x100x10"): 6.0,
    ("numpy", "50x10x10"): 8.0,
    ("numpy", "400x100x10"): 5.0,
    ("pytorch", "50x10x10"): 2.4,
    ("pytorch", ANYWHERE): 1.0,
    ("jax", ANYWHERE): 1.0,
}


def row_of(work: str, peer: str, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> dict[str, Any]:
    """Build a row: median, minimum and maximum CPU time of a step, ms, and the median wall time, ms."""
    row: dict[str, Any] = {"work": work, "peer": peer, "runs": len(ours)}
    for side, times in (("ours", ours), ("theirs", theirs)):
        cpu = [time["cpu"] for time in times]
        figures = {"": median(cpu), "_min": min(cpu), "_max": max(cpu), "_wall": median(time["wall"] for time in times)}
        row |= {f"{side}{name}_ms": value for name, value in figures.items()}
    return row | {"ratio": row["theirs_ms"] / row["ours_ms"]}


def _rows(work: Work, ours: Member, peers: Sequence[Member], repeats: int) -> Iterator[dict[str, Any]]:
    expected = first_losses(ours, work)
    for peer in peers:
        check(work, peer.name, expected, first_losses(peer, work))
    our_steps = warm_up(ours)
    for peer in peers:
        steps = warm_up(peer)
        turns = [(measure(ours, our_steps), measure(peer, steps)) for _ in range(repeats)]
        row = row_of(work.name, peer.name, [our for our, _ in turns], [their for _, their in turns])
        say("bench: {work}, {peer}: {theirs_ms:.3f} ms a step, ours {ours_ms:.3f}, ratio {ratio:.2f}".format(**row))
        yield row


def compare(works: Sequence[Work], peers: Sequence[str] = PEERS, repeats: int = 5) -> list[dict[str, Any]]:
    """Measure a row per work and peer, see `row_of`. Raises UserError if a peer cannot run or its losses differ."""
    with ExitStack() as stack:
        ours = stack.enter_context(started("ours"))
        others = [stack.enter_context(started(name)) for name in peers]
        return [row for work in works for row in _rows(work, ours, others, repeats)]


def missed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Write a sentence for each row whose ratio is below its target."""
    return [
        f"{peer} at {row['work']}: the ratio is {row['ratio']:.2f}, aimed at is {goal:g}"
        for (peer, work), goal in GOALS.items()
        for row in rows
        if row["peer"] == peer and work in (row["work"], ANYWHERE) and row["ratio"] < goal
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Format a Markdown table: per work our CPU time of a step, ms, and the ratio theirs / ours for each peer."""
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    lines = [f"| work | ours, ms | {' | '.join(peers)} |", "|---|" + "---:|" * (len(peers) + 1)]
    for work in dict.fromkeys(row["work"] for row in rows):
        ratios = {row["peer"]: f"{row['ratio']:.2f}" for row in rows if row["work"] == work}
        ours = median(row["ours_ms"] for row in rows if row["work"] == work)
        lines.append(f"| {work} | {ours:.3f} | {' | '.join(ratios.get(peer, '') for peer in peers)} |")
    return "\n".join(lines)
