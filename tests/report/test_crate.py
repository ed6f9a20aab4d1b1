"""The crate is a Workflow Run RO-Crate: read back with its package, with what its profiles require."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rocrate.rocrate import ROCrate

from pipeline.base.files import write_json
from pipeline.report.crate import METADATA, PARAMS, WORKFLOW, crate
from tests.made_results import runs
from tests.report.made_account import PROJECT, account

RESULTS = {"results.json": "every run", "claims.json": "every claim"}
ABOUT = {"certificate.md": "in plain words"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workflow").mkdir()
    for name in (WORKFLOW, PARAMS, *RESULTS, *ABOUT):
        (tmp_path / name).write_text(f"text of {name}")
    return tmp_path


@pytest.fixture
def found(folder: Path) -> Any:
    write_json(folder / METADATA, crate(account(), folder, RESULTS, ABOUT))
    return ROCrate(folder)


def ids(value: Any) -> set[str]:
    """The ids of what an entity names, one or several."""
    return {one.id for one in (value if isinstance(value, list) else [value])}


def test_it_conforms_to_the_profiles(found: Any) -> None:
    names = {"process/0.5", "workflow/0.5"}
    profiles = found.root_dataset["conformsTo"]
    assert ids(profiles) == {f"https://w3id.org/ro/wfrun/{name}" for name in names} | {
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
    }
    assert all(profile.type == "CreativeWork" and profile["version"] in ("0.5", "1.0") for profile in profiles)
    assert "https://w3id.org/ro/crate/1.1" in ids_or_texts(found.metadata["conformsTo"])


def ids_or_texts(values: list[Any]) -> set[str]:
    return {getattr(value, "id", value) for value in values}


def test_its_root_says_what_it_is(found: Any) -> None:
    root = found.root_dataset
    assert account().id in root["name"] and "3 reproduced" in root["description"]
    assert root["datePublished"] == "2026-11-26T09:02:00+00:00"
    assert root["author"]["name"] == "A. Author, B. Author" and root["license"]["name"]


def test_its_main_entity_is_the_workflow_and_there(found: Any, folder: Path) -> None:
    main = found.mainEntity
    assert set(main.type) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert main.id == WORKFLOW and main["alternateName"] == "dvc.yaml" and main["license"] and main["author"]
    assert main["programmingLanguage"].type == "ComputerLanguage" and main["programmingLanguage"]["name"] == "DVC"
    assert {one["name"]: one["softwareVersion"] for one in main["softwareRequirements"]}["tensorflow"] == "1.2"


def test_its_action_ran_the_workflow_on_data_and_gave_the_results(found: Any) -> None:
    action = found.root_dataset["mentions"]
    assert action.type == "CreateAction" and action["instrument"] == found.mainEntity
    assert ids(action["result"]) == set(RESULTS) and ids(action["object"]) == {PARAMS, "#data-0"}
    data = found.get("#data-0")
    assert (data["name"], data["identifier"]) == ("automata strings", f"sha256:{'d' * 64}")
    assert action["startTime"] == "2026-11-26T09:00:00+00:00" and action["agent"].type == "Organization"
    assert "c0ffee" in action["description"] and "Linux, 2 cores" in action["description"]


def test_the_documents_are_cited(found: Any) -> None:
    cited = found.root_dataset["citation"]
    assert [one["identifier"] for one in cited] == ["000", "001", "002", "003", "004"]
    assert all(one.type == "CreativeWork" and one["name"] and one["description"] for one in cited)


def test_every_file_is_there_with_its_digest_and_size(found: Any, folder: Path) -> None:
    files = {part.id: part for part in found.root_dataset["hasPart"]}
    assert set(files) == {WORKFLOW, PARAMS, *RESULTS, *ABOUT}
    for name, entity in files.items():
        content = (folder / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest() and entity["encodingFormat"]
        assert name == WORKFLOW or entity["contentSize"] == str(len(content))


def test_what_describes_the_result_says_so(found: Any) -> None:
    assert found.get("certificate.md")["about"].type == "CreateAction"


def named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from named(one)
    elif isinstance(value, dict):
        yield from [value["@id"]] if set(value) == {"@id"} else named(list(value.values()))


def test_every_id_that_is_named_is_described(folder: Path) -> None:
    graph = crate(account(), folder, RESULTS, ABOUT)["@graph"]
    described = [entity["@id"] for entity in graph]
    outside = {"https://w3id.org/ro/crate/1.1"}  # the specification itself
    assert set(named(graph)) <= {*described, *outside} and len(set(described)) == len(described)


def test_the_same_result_gives_the_same_metadata(folder: Path) -> None:
    assert crate(account(), folder, RESULTS, ABOUT) == crate(account(), folder, RESULTS, ABOUT)


def test_times_that_are_not_known_are_left_out(folder: Path) -> None:
    metadata = crate(account(runs(("am_64",), 2)), folder, RESULTS, ABOUT)
    assert not [entity for entity in metadata["@graph"] if {"datePublished", "startTime"} & entity.keys()]


@pytest.mark.parametrize(("licence", "id_"), [("MIT", "https://spdx.org/licenses/MIT"), ("", "#licence")])
def test_the_licence_is_that_of_the_project_or_said_to_be_missing(folder: Path, licence: str, id_: str) -> None:
    described = account(project=replace(PROJECT, licence=licence))
    root = next(one for one in crate(described, folder, RESULTS, ABOUT)["@graph"] if one["@id"] == "./")
    assert root["license"] == {"@id": id_}
