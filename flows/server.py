"""The Prefect server of this checkout, on 127.0.0.1: one process, its database below PREFECT_HOME."""

import os
import sys

from flows.addresses import PREFECT_PORT
from pipeline.ports import HOST, port_of


def main() -> None:
    """Become the server."""
    words = ["server", "start", "--host", HOST, "--port", str(port_of(os.environ, *PREFECT_PORT))]
    os.execv(sys.executable, [sys.executable, "-m", "prefect", *words])  # noqa: S606


if __name__ == "__main__":
    main()
