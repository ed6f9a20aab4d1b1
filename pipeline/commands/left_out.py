"""Which experiments of params.yaml were not chosen, and what would choose them: for `make explain`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.commands.dvc_status import listed
from pipeline.params import Params
from pipeline.spec.experiment import Experiment

_REMEDIES: tuple[tuple[dict[str, Any], str], ...] = (  # the first that chooses an experiment is the one to name
    ({"experiments": "all"}, "not marked quick; ALL=1 adds {them}"),
    ({"originals": True}, "on originals; ORIGINALS=1 adds {them}"),
    ({"experiments": "all", "originals": True}, "on originals, not marked quick; ALL=1 ORIGINALS=1 adds {them}"),
    ({"sweep": True}, "`make sweep` adds {them}"),
    ({"sweep": True, "originals": True}, "on originals; `make sweep ORIGINALS=1` adds {them}"),
)
_UNNAMED = "run.experiments names others; add {them} there"
_SELECT = "only for `make select`"


def left_out(params: Params) -> list[str]:
    """Say which experiments are not chosen and how to choose them: a line for each family and reason.

    Entries are named, so that one finds those just written. The sweep and `make select` have too many: their number.
    """
    chosen = params.chosen()
    groups: dict[tuple[str, str], list[Experiment]] = {}
    remedies = dict(_chosen_by(params))
    for name, one in params.every.items():
        if name not in chosen:
            group = "" if name in params.grid else one.family
            groups.setdefault((group, _remedy(one, remedies)), []).append(one)
    return [_line(family, remedy, some) for (family, remedy), some in groups.items()]


def _chosen_by(params: Params) -> Iterator[tuple[str, Mapping[str, Experiment]]]:
    """Yield each remedy and what it would choose; ALL=1 is none for who has named experiments, since it drops them."""
    named = not isinstance(params.run.experiments, str)
    for change, words in _REMEDIES:
        if named and "experiments" in change:
            continue
        run = params.run.model_copy(update=change)
        yield words, params.model_copy(update={"run": run}).chosen()


def _remedy(one: Experiment, remedies: Mapping[str, Mapping[str, Experiment]]) -> str:
    if one.selects:
        return _SELECT
    return next((words for words, chosen in remedies.items() if one.name in chosen), _UNNAMED)


def _line(family: str, remedy: str, some: list[Experiment]) -> str:
    words = remedy.format(them="it" if len(some) == 1 else "them")
    if not family or remedy == _SELECT:
        return f"{len(some)} of {family or 'the sweep'}: {words}"
    return f"{family}: {listed([one.name for one in some])}: {words}"
