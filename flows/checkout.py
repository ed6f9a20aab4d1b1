"""The first step of every deployment: change into the checkout of the worker's machine."""

import os


def enter() -> dict[str, str]:
    """Change into the folder that the worker was started in, and return it, like Prefect's `set_working_directory`."""
    directory = os.environ["REPRISE_CHECKOUT"]
    os.chdir(directory)
    return {"directory": directory}
