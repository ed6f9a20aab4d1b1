"""The step that every deployment begins with: into the checkout of the worker's own machine."""

import os


def enter() -> dict[str, str]:
    """Change into the folder that the worker was started in, and return it as Prefect's own step for a folder does."""
    directory = os.environ["REPRISE_CHECKOUT"]
    os.chdir(directory)
    return {"directory": directory}
