"""An engine that says what RapidOCR said of our drawn screenshots.

`python -m tests.screenshots.recorded` asks it again.

It knows a picture by its mark. Three marks are no pictures: they are ways of going wrong.
"""

import json
import os
import time
from pathlib import Path

from clubs.vision import WIDTH, Text
from tests.screenshots.drawn import mark_of

FILE = Path(__file__).with_name("recordings.json")
CRASHES, HANGS, GREEDY = 1001, 1002, 1003


class RecordedEngine:
    """Plays back."""

    def __init__(self):
        self._recordings = json.loads(FILE.read_text())
        self._lines = []

    def read(self, picture):
        assert picture.width == WIDTH
        mark = mark_of(picture)
        go_wrong(mark)
        said = self._recordings[str(mark)]
        self._lines = said["lines"]
        return [Text(text, tuple(box), score) for text, box, score in said["read"]]

    def lines(self, crops):
        assert len(crops) == len(self._lines)
        return [tuple(line) for line in self._lines]


def go_wrong(mark):
    if mark == CRASHES:
        os.abort()
    if mark == HANGS:
        time.sleep(60)
    if mark == GREEDY:
        bytearray(16 << 30)


class _Recorder:
    def __init__(self):
        from clubs.screenshots.rapid import RapidEngine

        self._engine, self.said = RapidEngine(), {"read": [], "lines": []}

    def read(self, picture):
        texts = self._engine.read(picture)
        self.said["read"] = [[text.text, [round(x) for x in text.box], round(text.score, 3)] for text in texts]
        return [Text(text, tuple(box), score) for text, box, score in self.said["read"]]

    def lines(self, crops):
        self.said["lines"] = [[text, round(score, 3)] for text, score in self._engine.lines(crops)]
        return [tuple(line) for line in self.said["lines"]]


def record():
    """Write the file anew."""
    import io

    from PIL import Image

    from clubs.screenshots.files import picture_of
    from clubs.vision import see
    from tests.screenshots.drawn import as_file, scan

    recordings = {}
    for picture in scan()[1]:
        recorder = _Recorder()
        content = as_file(picture)
        kept = picture_of(io.BytesIO(content), len(content))
        see(Image.open(io.BytesIO(kept.content)), recorder)
        recordings[mark_of(picture)] = recorder.said
    FILE.write_text(json.dumps(recordings, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    record()
