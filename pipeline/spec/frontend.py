"""The layers before the recurrent ones: embedding, convolutions, MFCC blocks."""

from typing import Annotated

from pydantic import Field

from pipeline.spec.group import Count, Fraction, Group, Positive, Width


class Conv2D(Group):
    """A 3 x 3 convolution over time and bands, followed by max pooling."""

    filters: Annotated[int, Field(gt=0, le=8192)]
    pool_steps: Positive = 1
    pool_bands: Positive = 1


class MFCC(Group):
    """Statistics of the first MFCCs (the DCT-II of log-mel bands) over blocks of `steps` steps; 0: the whole clip."""

    coefficients: Positive = 20
    steps: Count = 0


class FrontEnd(Group):
    """Options of the layers before the recurrent ones."""

    embedding_dim: Width = 0  # of ids; 0: one-hot
    dropout: Fraction = 0.0  # of the outputs of the embedding or the MFCC blocks
    mfcc: MFCC | None = None
    average_steps: Positive = 1  # log-mel steps averaged into one, before the 2-D convolutions
    conv2d: list[Conv2D] = Field(default_factory=list)  # over time and bands
    filters: Width = 0  # of a 1-D convolution over time; 0: none
    kernel_size: Positive = 3
    pool_size: Positive = 1  # of the max pooling after it

    @property
    def reads_bands(self) -> bool:
        """Whether it reads whole clips of log-mel bands."""
        return self.mfcc is not None or bool(self.conv2d)

    def extent(self, timesteps: int, features: int) -> tuple[int, int]:
        """Compute the timesteps and features that MFCC blocks, or 2-D convolutions, leave of those given."""
        if self.mfcc:
            return timesteps // self.mfcc.steps if self.mfcc.steps else 1, 4 * self.mfcc.coefficients
        timesteps //= self.average_steps
        for layer in self.conv2d:
            timesteps, features = timesteps // layer.pool_steps, features // layer.pool_bands
        return timesteps, features * (self.conv2d[-1].filters if self.conv2d else 1)
