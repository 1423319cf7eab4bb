"""Reading clips: audio files with soundfile, films with PyAV (which carries its own FFmpeg)."""

from emobench.datasets.media.audio import read_audio as read_audio
from emobench.datasets.media.video import VIDEO_VERSION as VIDEO_VERSION
from emobench.datasets.media.video import read_video as read_video
