"""The result as a Workflow Run RO-Crate: the folder reports/, described so that others can find, cite and check it.

https://w3id.org/ro/wfrun/workflow/0.5, with RO-Crate 1.1. The crate must hold its workflow, so dvc.yaml and params.yaml
are copied into it; DVC would read another dvc.yaml as stages, so the copy has another name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ComputerLanguage, ContextEntity, Entity
from rocrate.rocrate import ROCrate

from pipeline.base.files import digest
from pipeline.report.account import SOFTWARE, Account, DataSet
from pipeline.report.certificate import summary

METADATA = "ro-crate-metadata.json"
WORKFLOW, PARAMS = "workflow/stages.yaml", "workflow/params.yaml"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_LANGUAGE = "https://dvc.org/doc/user-guide/project-structure/dvcyaml-files"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_FORMATS = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def crate(account: Account, folder: Path, results: Mapping[str, str], about: Mapping[str, str]) -> dict[str, Any]:
    """Describe a folder, and return the metadata for its ro-crate-metadata.json.

    `results` are the files that the runs made, `about` those that describe them: what each is, by name. Dates are those
    of the runs, and no id is random, so that the same result has the same metadata.
    """
    made = ROCrate(version="1.1")
    made.metadata.extra_contexts.append(_TERMS)
    agent, licence = _agent(made, account), _licence(made, account)
    workflow = _workflow(made, account, folder)
    workflow["author"], workflow["license"] = agent, licence
    files = [_file(made, folder, name, what) for name, what in results.items()]
    action = _action(
        made, account, workflow, [_file(made, folder, PARAMS, "what was asked for"), *_data(made, account)]
    )
    action["agent"], action["result"] = agent, files
    for name, what in about.items():
        _file(made, folder, name, what)["about"] = action
    root = made.root_dataset
    root["name"] = f"{account.project.name}, result {account.id}"
    root["description"] = f"{account.project.description}. {summary(account)}"
    root["author"], root["publisher"], root["license"], root["mentions"] = agent, agent, licence, action
    root["conformsTo"] = [
        _add(made, id_, "CreativeWork", name=name, version=id_[-3:]) for id_, name in _PROFILES.items()
    ]
    root["citation"] = _documents(made, account)
    del root["datePublished"]  # the package writes the time of this call
    if account.last:
        root["datePublished"] = account.last
    metadata: dict[str, Any] = made.metadata.generate()
    return metadata


def _add(made: ROCrate, id_: str, kind: str, /, **values: Any) -> Entity:
    return made.add(ContextEntity(made, id_, {"@type": kind, **{k: v for k, v in values.items() if v}}))


def _agent(made: ROCrate, account: Account) -> Entity:
    return _add(made, "#authors", "Organization", name=account.project.authors)


def _licence(made: ROCrate, account: Account) -> Entity:
    """Add the licence that the project states; a crate must have one, so that there is none is said in words."""
    name = account.project.licence
    if name:
        return _add(made, f"https://spdx.org/licenses/{name}", "CreativeWork", name=name)
    words = "The project states no licence; ask its authors before you share it."
    return _add(made, "#licence", "CreativeWork", name="No licence is stated", description=words)


def _workflow(made: ROCrate, account: Account, folder: Path) -> Entity:
    values = {"name": "DVC", "alternateName": "dvc.yaml", "version": account.software["dvc"]}
    language = made.add(ComputerLanguage(made, _LANGUAGE, values | {"url": _LANGUAGE, "identifier": _LANGUAGE}))
    workflow = made.add_workflow(folder / WORKFLOW, WORKFLOW, main=True, lang=language)
    workflow["name"], workflow["alternateName"] = f"The stages of {account.project.name}", "dvc.yaml"
    workflow["description"] = account.project.description
    workflow["version"], workflow["sha256"] = account.project.version, digest(folder / WORKFLOW)
    workflow["encodingFormat"] = _FORMATS[".yaml"]
    workflow["softwareRequirements"] = [
        _add(made, SOFTWARE[name], "SoftwareApplication", name=name, softwareVersion=version, url=SOFTWARE[name])
        for name, version in account.software.items()
    ]
    return workflow


def _file(made: ROCrate, folder: Path, name: str, what: str) -> Entity:
    path = folder / name
    values = {"name": Path(name).name, "description": what, "encodingFormat": _FORMATS[path.suffix]}
    values |= {"contentSize": str(path.stat().st_size), "sha256": digest(path)}
    return made.add_file(path, name, properties=values)


def _data(made: ROCrate, account: Account) -> list[Entity]:
    return [_data_set(made, place, one) for place, one in enumerate(account.data)]


def _data_set(made: ROCrate, place: int, found: DataSet) -> Entity:
    words = f"Kind of data: {found.kind}. Read by {found.runs} runs of {', '.join(found.families)}."
    names = [f"sha256:{one}" for one in found.digests]
    known = names[0] if len(names) == 1 else names
    return _add(made, f"#data-{place}", "CreativeWork", name=found.name, description=words, identifier=known)


def _action(made: ROCrate, account: Account, workflow: Entity, objects: list[Entity]) -> Entity:
    where = "; ".join(account.machines)
    at = f" at commit {', '.join(account.commits)}" if account.commits else ""
    return made.add_action(
        workflow,
        f"#{account.id}",
        object=objects,
        properties={
            "@type": "CreateAction",
            "name": f"{account.runs} runs, judged",
            "description": f"`make reproduce`{at}{f', on {where}' if where else ''}",
            **({"startTime": account.first} if account.first else {}),
        },
    )


def _documents(made: ROCrate, account: Account) -> list[Entity]:
    return [
        _add(
            made,
            f"#document-{one.document}",
            "CreativeWork",
            name=one.title_en,
            alternateName=one.title,
            description=one.source,
            identifier=one.document,
        )
        for one in account.documents
    ]
