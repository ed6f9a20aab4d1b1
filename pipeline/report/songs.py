"""The melody as a piano roll: what the document printed, what our network played, and the true song."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.base.charts import as_svg
from pipeline.base.grounds import BLUE, ORANGE, WHITE
from pipeline.judging.measures import Row, counting_runs
from pipeline.report.ogg import steady
from pipeline.report.sections import Record
from pipeline.report.svg import as_address
from pipeline.sources.generated.song import CODES, SONG, as_sound

FAMILY = "melody"
PLAYED = {"one-step list": "each note from the four before it", "full-song list": "the whole song from four notes"}
_PITCHES = "cdefgab"
_WRONG = {"color": ORANGE, "hatch": "////", "edgecolor": WHITE}

Entry = dict[str, Any]


def played(rows: Sequence[Row], records: Sequence[Record]) -> list[Entry]:
    """List the songs of each experiment: by first seed, with what the document printed of the same, if it did."""
    names = dict.fromkeys(row["experiment"] for row in rows if row["family"] == FAMILY)
    found = []
    for name in names:
        first = min(counting_runs(rows, name), key=lambda run: run["seed"], default=None)
        for fact, how in PLAYED.items():
            notes = _notes((first or {}).get("facts") or {}, fact)
            if notes:
                claimed = _claimed(records, name, fact)
                found.append({"name": name, "fact": fact, "how": how, "notes": notes, "claimed": claimed})
    return found


def _notes(facts: Mapping[str, str], fact: str) -> list[str]:
    notes = facts.get(fact, "").split()
    return notes if all(note in CODES for note in notes) else []


def _claimed(records: Sequence[Record], name: str, fact: str) -> list[str]:
    texts = [str(r["claimed"]) for r in records if (r["experiment"], r["metric"]) == (name, fact)]
    return next((text.split() for text in texts if all(note in CODES for note in text.split())), [])


def drawn(song: Entry) -> Figure:
    """Draw rolls above each other: the document's (if it printed one), ours, the true song. Wrong notes are hatched."""
    true = SONG.split()
    rolls = [("document", song["claimed"]), ("ours", song["notes"]), ("the song", true)]
    rolls = [(title, notes) for title, notes in rolls if notes]
    figure = Figure(figsize=(8.2, 0.6 + 1.25 * len(rolls)), layout="constrained")
    panels = figure.subplots(len(rolls), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (title, notes) in zip(panels, rolls, strict=True):
        _roll(axes, notes, true)
        wrong = sum(note != other for note, other in zip(notes, true, strict=False))
        axes.set_title(f"{title}: {wrong} of {len(notes)} notes differ" if notes is not true else title, fontsize=9)
    panels[-1].set_xlabel("note of the song (its number)", fontsize=8)
    return figure


def _roll(axes: Axes, notes: Sequence[str], true: Sequence[str]) -> None:
    for place, note in enumerate(notes):
        right = place < len(true) and note == true[place]
        height, long = _PITCHES.index(note[0]), note[1] == "4"
        look: dict[str, Any] = {"color": BLUE} if right else dict(_WRONG)
        axes.barh(height, 0.9 if long else 0.5, left=place + 1, height=0.8, align="center", linewidth=0, **look)
    axes.set_yticks(range(len(_PITCHES)), list(_PITCHES), fontsize=7)
    axes.set_ylabel("pitch", fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_xlim(0.5, max(len(notes), len(true)) + 1.5)
    axes.grid(axis="y", alpha=0.2)


def section(rows: Sequence[Row], records: Sequence[Record]) -> Entry | None:
    """Collect what the page of the melody shows and plays; None if nothing was played."""
    found = played(rows, records)
    if not found:
        return None
    return {"true": address(SONG.split()), "songs": [_shown(song) for song in found]}


def _shown(song: Entry) -> Entry:
    """Add pictures and sounds. What the document printed is played only where it is another song than ours."""
    other = song["claimed"] and song["claimed"] != song["notes"]
    wrong = sum(note != true for note, true in zip(song["notes"], SONG.split(), strict=False))
    return {
        **song,
        "text": f"{wrong} of our {len(song['notes'])} notes differ from the song",
        "image": as_address(as_svg(drawn(song))),
        "ours": address(song["notes"]),
        "theirs": address(song["claimed"]) if other else "",
    }


def address(notes: Sequence[str]) -> str:
    """Encode notes as a sound in a data URL."""
    return f"data:audio/ogg;base64,{b64encode(steady(as_sound(notes, 'OGG'))).decode()}"
