"""What asks a Prefect server for a whole reproduction and waits for its end; a program, for another host may run it."""

ASK = """
from prefect.deployments import run_deployment
run = run_deployment("reproduce/reproduce", timeout=600, poll_interval=2)
print(run.state.type.value, run.state.message)
"""
