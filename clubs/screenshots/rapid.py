"""RapidOCR as an engine: PP-OCRv6 models that ship in its wheel, on ONNX Runtime; no network, no service.

Importing this module takes seconds and needs requirements-ocr.txt.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy
from PIL import Image
from rapidocr import RapidOCR

from clubs.vision import Text

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
_PARAMETERS = {
    "Global.use_cls": False,  # game screens are never upside down
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class RapidEngine:
    """Loads the models once; then about two seconds a picture on two cores."""

    def __init__(self) -> None:
        self._ocr = RapidOCR(params=_PARAMETERS)

    def read(self, picture: Image.Image) -> list[Text]:
        """All texts, each in the upright rectangle around it."""
        found = self._ocr(_pixels(picture))
        if found.boxes is None:
            return []
        return [
            Text(text, _around(corners), float(score))
            for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]

    def lines(self, crops: Sequence[Image.Image]) -> list[tuple[str, float]]:
        """The texts of crops that hold one line each."""
        found = self._ocr.recognize_txt([_pixels(crop) for crop in crops])
        return [(text, float(score)) for text, score in zip(found.txts, found.scores, strict=True)]


def _pixels(picture: Image.Image) -> Any:
    """Blue, green, red, as OpenCV has them."""
    return numpy.ascontiguousarray(numpy.asarray(picture.convert("RGB"))[:, :, ::-1])


def _around(corners: Any) -> tuple[float, float, float, float]:
    xs, ys = corners[:, 0], corners[:, 1]
    return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())
