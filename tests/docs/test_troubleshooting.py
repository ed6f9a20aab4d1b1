"""docs/troubleshooting.md has a line for every message of the code, and none for a message that is gone."""

import re

import pytest

from tests.docs.messages import HOLE, messages
from tests.docs.pages import ROOT

TEXT = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| you see")]
ENTRIES = [entry for row in ROWS for entry in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
INSIDE = {  # only ever a part of another message, in brackets there; or a mistake of who writes code
    *("no values", "it has no samples", "another sha256", "… needs pickle", "… has format …"),
    "byte … of the sound begins no Ogg page",
    "the last step of a padded row is padding: whole sequences, without lengths, are needed",
    "…: Keras' own loop has neither layer normalisation nor truncation",
    # put together from others
    *("holds: …: …", "song: …", "view …: …", "… has …; …", "…: the … of …… …", "…: claim '…': …", "…: …, found …"),
    "experiments.….….…",
}


def covers(entry: str, message: str) -> bool:
    """Check whether a message has the words of an entry, with anything for its dots."""
    pattern = ".*".join(re.escape(part.strip()) for part in entry.split("..."))
    return re.search(pattern, message.replace("`", "").replace("...", HOLE)) is not None


def test_what_is_left_out_is_there() -> None:
    assert messages().keys() >= INSIDE


@pytest.mark.parametrize("message", sorted(messages().keys() - INSIDE))
def test_every_message_has_a_line(message: str) -> None:
    found = [entry for entry in ENTRIES if covers(entry, message)]
    assert found, f"{messages()[message]}: docs/troubleshooting.md has no line for: {message}"


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_line_is_of_a_message(entry: str) -> None:
    assert len(re.findall(r"[A-Za-z]{2,}", entry)) >= 1, "no words to find a message by"
    assert [message for message in messages() if covers(entry, message)], "no message says so any more"


def test_the_messages_are_found_in_every_kind_of_place() -> None:
    found = " | ".join(messages())
    for words in (
        "the disk is full",  # explain of the console
        "is at work in this checkout; wait",  # the Makefile
        "found no Python 3.11",  # scripts/setup
        "batch: … rows are more",  # a rule of what goes together
        "another DVC is running",  # a kind of UserError
        "checksum differs",  # a reason to reject a clip
    ):
        assert words in found


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    for row in ROWS:
        cells = [cell.strip() for cell in row.strip("| ").split(" | ")]
        assert row.startswith("|--") or (len(cells) == 3 and all(cells)), row


def test_a_line_is_no_cover_for_other_words() -> None:
    assert covers("port ... of ... is taken", "port … of … is taken; stop what listens there")
    assert not covers("port ... of ... is taken", "the name is taken by '…'")
