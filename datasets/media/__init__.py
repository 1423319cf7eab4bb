"""Reading clips: audio files with soundfile, films and pictures with PyAV and its own FFmpeg."""

from emobench.datasets.media.audio import read_audio as read_audio
from emobench.datasets.media.duration import media_seconds as media_seconds
from emobench.datasets.media.image import read_image as read_image
from emobench.datasets.media.image import read_images as read_images
from emobench.datasets.media.video import VIDEO_VERSION as VIDEO_VERSION
from emobench.datasets.media.video import read_video as read_video
