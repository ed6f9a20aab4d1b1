"""A training log, quoted in the claims, as one figure each."""

import pytest

from pipeline.judging.logs import figures

LOG = """Model x train started:
Epoch 2: cost=0.669, accuracy=0.587/0.630 (44/44 secs)
Epoch 4: cost=0.634, accuracy=0.622/0.670 (43/87 secs)
Model x train ended in 87 secs:
Model x test report: accuracy = 0.902, (1 secs)"""


def test_a_log_line_gives_its_figures():
    found = {figure.name: (figure.metric, figure.claimed) for figure in figures(LOG, "x", 0, 4, True)}
    assert len(found) == 13
    assert found["loss@4"] == ("loss@4", "0.634")
    assert found["accuracy@4"] == ("accuracy@4", "0.622")
    assert found["val_accuracy@4"] == ("val_accuracy@4", "0.670")
    assert found["block_seconds@4"] == ("seconds@2..4", "43")
    assert found["total_seconds@4"] == ("seconds@0..4", "87")
    assert found["train_seconds"] == ("train_seconds", "87")
    assert found["test_accuracy"] == ("test_accuracy", "0.902")
    assert found["test_seconds"] == ("test_seconds", "1")


@pytest.mark.parametrize(
    ("text", "name", "epochs", "fault"),
    [
        (LOG, "x", 10, "ends at epoch 4"),
        (LOG, "y", 4, "is of x"),
        (LOG.replace("test report", "report"), "x", 4, "needs lines"),
    ],
)
def test_a_log_that_is_not_whole_is_refused(text, name, epochs, fault):
    with pytest.raises(ValueError, match=fault):
        figures(text, name, 0, epochs, True)
