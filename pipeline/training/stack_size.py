"""How many lanes a stack has: always as many for one experiment, whether all of them hold runs or one does.

Compilers order arithmetic by shapes. With the same shapes, a run has the same bits beside any others and alone; empty
lanes compute for nothing. What still depends on the runs, how many data they have and for how many batches there is
room, is only indexed. A GPU is full at about a thousand rows, more lanes would only wait for one another.
"""

from pipeline.spec.experiment import Experiment

LEAST, MOST = 2, 64  # XLA drops an axis of one
ROWS = 1024  # of the batches of all lanes on a GPU


def lanes_of(experiment: Experiment, gpu: bool) -> int:
    """Choose the number of lanes, a power of two; on a CPU the least, since nothing there runs side by side."""
    most = ROWS // max(experiment.batch, 1) if gpu else LEAST
    return max(LEAST, min(MOST, 1 << most.bit_length() - 1)) if most else LEAST
