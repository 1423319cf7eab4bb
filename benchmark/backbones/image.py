"""Image encoders of timm: ResNets, vision transformers and the rest."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from emobench.backbones.features import Backbone, Features
from emobench.backbones.weights import weights
from emobench.interface.batch import Sequence
from emobench.interface.dataset import FACE_SIZE


class ImageBackbone(Backbone):
    """A timm image encoder over face frames; one pooled vector per frame.

    Parameters
    ----------
    name
        timm's name of the model or a local folder.
    pretrained
        Load weights; False leaves them random.
    normalise
        Subtract mean and divide by deviation as the weights were trained; False leaves 0 to 1.
    size
        Height and width in pixels that frames are resized to; None for the encoder's own size.

    Raises
    ------
    Skip
        The weights are not available.
    RequestError
        timm knows no architecture of this name.
    """

    def __init__(
        self,
        name: str,
        pretrained: bool = True,
        normalise: bool = True,
        size: int | None = None,
    ) -> None:
        super().__init__()
        import timm

        source = f"local-dir:{weights('vision', name).folder}" if pretrained else name
        self.encoder = timm.create_model(source, pretrained=pretrained, num_classes=0)
        config = self.encoder.pretrained_cfg
        self.pixels = size or int(config["input_size"][-1])
        mean, deviation = (config["mean"], config["std"]) if normalise else ((0.0,) * 3, (1.0,) * 3)
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation)[:, None, None], persistent=False)
        self.size = int(self.encoder.num_features)

    def forward(self, frames: Sequence) -> Features:
        """Encode grey frames ``[B, T, FACE_SIZE ** 2]`` in 0 to 1; absent steps stay zero."""
        real = frames.mask
        values = frames.values.new_zeros(*real.shape, self.size)
        if real.any():
            encoded = self.encoder(self._images(frames.values[real]))
            values = values.to(encoded.dtype)
            values[real] = encoded
        return Features(values, frames.lengths)

    def _images(self, faces: Tensor) -> Tensor:
        """Grey faces ``[n, FACE_SIZE ** 2]`` as images ``[n, 3, size, size]``."""
        square = faces.view(-1, 1, FACE_SIZE, FACE_SIZE)
        resized = F.interpolate(
            square, size=(self.pixels, self.pixels), mode="bilinear", align_corners=False
        )
        mean, deviation = self.get_buffer("mean"), self.get_buffer("deviation")
        return (resized.expand(-1, 3, -1, -1) - mean) / deviation
