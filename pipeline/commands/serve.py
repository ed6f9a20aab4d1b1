"""`make serve MODEL=automata`: a family's champion, or the best run of an experiment, answers on 127.0.0.1.

The same as `mlflow models serve` with the environment as it is, in one process; but a wrong request gets one sentence.
"""

import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, command, say
from pipeline.base.layout import MLRUNS
from pipeline.base.ports import HOST, LOCAL, port_of, require_free
from pipeline.commands.standing import has_store
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, load

PORT = "SERVE_PORT"
USUAL = 5001
_LONGEST = 500  # letters of a sentence
_USAGE = "usage: `make serve MODEL=automata` (a family's champion) or `make serve MODEL=am_64` (an experiment)"


def address_of_model(params: Params, name: str, stack: ExitStack) -> str:
    """Find where the model to serve is: a family's champion, registered if need be, or an experiment's best run.

    To load one imports the code beside it, so a champion is checked first. Raises LostError.
    """
    from pipeline.asking.champions import champion_of, register, registered
    from pipeline.asking.package import write_package
    from pipeline.asking.trained import best_of, command_for
    from pipeline.asking.versions import whole_files
    from pipeline.tracking.tracker import Tracker

    tracker = Tracker(MLRUNS)
    if name not in FAMILIES:
        one = best_of(tracker, params, name)
        out = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "model"
        write_package(tracker, params, one, out)
        return str(out)
    champion = champion_of(tracker, params, name)
    if champion is None:
        first = next(one.name for one in params.every.values() if one.family == name)
        raise UserError(f"{name} is not trained yet; `{command_for(params, first)}` trains it")
    if register(tracker, params, champion):
        say(f"serve: {champion.run.title} is registered as the champion of {name}")
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    return whole_files(tracker, registered(tracker, name), folder).as_uri()


def sentence(body: bytes) -> str:
    """Reduce what a server says of a wrong request to one sentence: no traceback, and no echo of the request."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
        text = str(found.get("message") or found["detail"])
    except (ValueError, KeyError, AttributeError):
        pass
    if text.startswith("Failed to "):  # then comes the request, whatever it is
        text = text.rpartition("Error: ")[2]
    text = text.partition(" IMPORTANT: ")[0].partition("\nInput: ")[0]
    return " ".join(text.split())[:_LONGEST]


def application(model: Any) -> Any:
    """Make the web application of a model: MLflow's, only for this machine's own names, errors as one sentence."""
    from fastapi import Request
    from fastapi.responses import JSONResponse, Response
    from mlflow.pyfunc.scoring_server import init
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = init(model)

    @app.middleware("http")
    async def brief(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Response:
        if request.method == "POST" and not request.headers.get("content-type"):
            return JSONResponse({"error": "write the header Content-Type: application/json"}, 415)
        reply = await call_next(request)
        if reply.status_code < 400:
            return reply  # type: ignore[no-any-return]
        body = b"".join([part async for part in reply.body_iterator])
        return JSONResponse({"error": sentence(body)}, reply.status_code)

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL))
    return app


def example(model: Any, port: int) -> str:
    """Return a command that asks the served model its input example."""
    asked = json.dumps({"inputs": {"input": [_text(model)]}}, ensure_ascii=False).replace("'", "'\\''")
    return f"curl http://{HOST}:{port}/invocations -H 'Content-Type: application/json' -d '{asked}'"


def _text(model: Any) -> str:
    text = str(model.input_example["input"].iloc[0])
    return text if len(text) < 300 else "..."


@command("serve")
def main() -> None:
    """Serve MODEL until Ctrl-C."""
    name, params, port = os.environ.get("MODEL", ""), load(), port_of(os.environ, PORT, USUAL)
    if name not in FAMILIES and name not in params.every:
        known = ", ".join(FAMILIES)
        raise UserError(f"MODEL='{name}' is neither a family nor an experiment; families: {known}\n{_USAGE}")
    require_free(port, PORT)
    if not has_store(MLRUNS):
        raise UserError(f"{MLRUNS} does not exist; `make reproduce` makes it")
    from pipeline.tracking.store import readable_errors

    with ExitStack() as stack:
        with readable_errors(MLRUNS):
            address = address_of_model(params, name, stack)
            import mlflow

            model = mlflow.pyfunc.load_model(address)
        say(f"serve: {name} answers at http://{HOST}:{port}/invocations; Ctrl-C ends it. Try\n{example(model, port)}")
        import uvicorn

        uvicorn.run(application(model), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main()
