"""How the training part is varied, so that a network does not learn a room, a microphone or a moment by heart."""

from pipeline.spec.group import Count, Group, NonNegative


class Augmentation(Group):
    """Augmentation of log-mel clips, drawn anew for every update."""

    gain: NonNegative = 0.0  # dB, up or down
    equalizer: NonNegative = 0.0  # dB, up or down, at four places of the spectrum
    band_shift: Count = 0  # bands, up or down
    roll: bool = False  # the clip begins anywhere, its beginning behind its end
    mixup: NonNegative = 0.0  # alpha of Beta(alpha, alpha), by which rows are mixed in pairs; 0: none

    @property
    def of_clips(self) -> "Augmentation":
        """Itself without mixup, which any row can have."""
        return self.model_copy(update={"mixup": 0.0})
