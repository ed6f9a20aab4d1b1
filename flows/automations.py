"""What the Prefect server does automatically: detect flow runs that fall silent or never begin, restart the crashed."""

from collections.abc import Sequence
from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

STARTS_AGAIN = "starts-again"  # the tag of flows that may be restarted, because they skip what is already done
SILENCE = timedelta(seconds=90)  # three heartbeats
BEGIN = timedelta(seconds=80)  # from the claim of a worker until the flow runs; usually 10 to 20
REST = timedelta(seconds=15)  # a worker that gets a flow run back before it has released it ends with an error
_RUN = "prefect.flow-run."
_ENDS = ("Completed", "Failed", "Cancelled", "Cancelling", "Crashed", "Scheduled", "Paused", "Suspended")


def _crashes(name: str, after: str, expected: Sequence[str], within: timedelta, message: str) -> Automation:
    """Mark a flow run as crashed when nothing expected follows an event in time."""
    trigger = EventTrigger(
        after={f"{_RUN}{after}"},
        expect={f"{_RUN}{event}" for event in (*expected, *_ENDS)},
        match=ResourceSpecification({"prefect.resource.id": [f"{_RUN}*"]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )
    crashed = ChangeFlowRunState(name="Crashed", state=StateType.CRASHED, message=message, force=False)
    return Automation(name=name, trigger=trigger, actions=[crashed])


def _silent() -> Automation:
    message = f"no sign of life for {SILENCE.seconds} s: its worker or its machine is gone"
    return _crashes("a flow run that fell silent has crashed", "heartbeat", ("heartbeat",), SILENCE, message)


def _unbegun() -> Automation:
    message = f"claimed by a worker and not begun for {BEGIN.seconds} s: the worker or its machine is gone"
    begun = ("Running", "AwaitingConcurrencySlot", "AwaitingRetry", "Late")
    return _crashes("a flow run that never begins has crashed", "Pending", begun, BEGIN, message)


def _crashed() -> Automation:
    tag = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{STARTS_AGAIN}"})
    trigger = EventTrigger(
        after={f"{_RUN}Crashed"},
        expect={f"{_RUN}{event}" for event in ("Scheduled", "Pending", "Running", "Completed")},
        match=ResourceSpecification({"prefect.resource.id": [f"{_RUN}*"]}),
        match_related=tag,
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=REST,
    )
    message = "crashed, starting again"
    again = ChangeFlowRunState(name="Scheduled", state=StateType.SCHEDULED, message=message, force=True)
    return Automation(name="a flow run that crashed starts again", trigger=trigger, actions=[again])


AUTOMATIONS = (_silent, _unbegun, _crashed)


async def make_automations() -> None:
    """Create missing automations, and update existing ones; one that a person has switched off stays off."""
    for make in AUTOMATIONS:
        wanted = make()
        try:
            found = await Automation.aread(name=wanted.name)
        except ValueError:
            await wanted.acreate()
            continue
        found.trigger, found.actions = wanted.trigger, wanted.actions
        await found.aupdate()
