"""Entries that write only their differences: groups are merged key by key, labels are nobody's heritage."""

import copy
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.spec.entries import merged, resolve

PARENT: dict[str, Any] = {
    "variant": "lstm",
    "recurrent": {"dropout": 0.2, "l2": 0.1},
    "frontend": {"mfcc": {"steps": 8, "coefficients": 40}, "dropout": 0.5},
    "eval_epochs": [1, 2],
    "labels": {"quick": True, "minutes": 3, "board": "sounds"},
}


def child(**own: Any) -> dict[str, Any]:
    return resolve({"a": PARENT, "b": {"from": "a", **own}}, "here")["b"]


def test_from_takes_all_and_changes_what_follows() -> None:
    whole = resolve({"a": {"x": 1, "y": 2}, "b": {"from": "a", "y": 3}, "c": {"from": "b", "z": 4}}, "here")
    assert whole["c"] == {"x": 1, "y": 3, "z": 4}


def test_groups_are_merged_key_by_key_at_every_depth() -> None:
    found = child(recurrent={"l2": 0.0, "l1": 0.3}, frontend={"mfcc": {"steps": 4}})
    assert found["recurrent"] == {"dropout": 0.2, "l2": 0.0, "l1": 0.3}
    assert found["frontend"] == {"mfcc": {"steps": 4, "coefficients": 40}, "dropout": 0.5}


def test_what_is_no_group_replaces_what_was_there() -> None:
    assert child(frontend={"mfcc": None})["frontend"] == {"mfcc": None, "dropout": 0.5}
    assert child(eval_epochs=[9])["eval_epochs"] == [9]
    assert child(variant={"odd": 1})["variant"] == {"odd": 1}


def test_labels_are_never_inherited() -> None:
    assert "labels" not in child()
    assert child(labels={"minutes": 1})["labels"] == {"minutes": 1}
    three = resolve({"a": PARENT, "b": {"from": "a", "labels": {"seeds": 5}}, "c": {"from": "b"}}, "here")
    assert three["a"]["labels"] == PARENT["labels"] and three["b"]["labels"] == {"seeds": 5}
    assert "labels" not in three["c"]


def test_nothing_that_was_read_is_changed_by_what_is_made_of_it() -> None:
    before = copy.deepcopy(PARENT)
    merged(PARENT, {"recurrent": {"l2": 9.0}, "frontend": {"mfcc": {"steps": 1}}, "labels": {}})
    assert before == PARENT


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"a": {"from": "b"}, "b": {"from": "a"}},
            r"here\.[ab]\.from: '[ab]' is not the name of another entry; known: a, b",
        ),
        ({"a": {"from": "a"}}, r"here\.a\.from: 'a' is not the name of another entry"),
        ({"a": {"from": "nix"}}, r"here\.a\.from: 'nix' is not the name of another entry"),
        ({"a": 3}, r"here\.a: expected keys and values, found 3"),
        ({"a": {"from": "b"}, "b": [1]}, r"here\.b: expected keys and values, found \[1\]"),
    ],
)
def test_a_fault_is_named(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        resolve(entries, "here")
