"""What the tests of recurrent layers share."""

import pytest


@pytest.fixture(params=["at once", "step by step"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute gradients of weights after the loop, or, as for large batches, inside it."""
    from pipeline.networks import scan_gradients

    if request.param == "step by step":
        monkeypatch.setattr(scan_gradients, "LARGE_BATCH", 1)
        monkeypatch.setattr(scan_gradients, "LARGE", 1)
        monkeypatch.setattr(scan_gradients, "WIDE", 1000)
