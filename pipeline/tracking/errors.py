"""What can be wrong with a store. Needs no MLflow."""

from pipeline.base.console import UserError


class LostError(UserError):
    """What a finished run has logged is not there any more, or not as it was."""
