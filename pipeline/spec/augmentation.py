"""How training clips are augmented, so that a network does not memorise a room, a microphone or a moment."""

from pipeline.spec.group import Count, Group, NonNegative


class Augmentation(Group):
    """Augmentation of log-mel clips, drawn again for every update."""

    gain: NonNegative = 0.0  # dB, up or down
    equalizer: NonNegative = 0.0  # dB, up or down, at four places of the spectrum
    band_shift: Count = 0  # bands, up or down
    roll: bool = False  # the clip starts at a random step and wraps around
    mixup: NonNegative = 0.0  # alpha of Beta(alpha, alpha), for mixing rows in pairs; 0: none

    @property
    def of_clips(self) -> "Augmentation":
        """A copy without mixup, which is not limited to clips."""
        return self.model_copy(update={"mixup": 0.0})
