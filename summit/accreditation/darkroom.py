"""A badge photo out of a stranger's file: the killable child of photos.py. Pillow and the standard library alone.

Run as `python -I darkroom.py LEFT TOP WIDTH` (shares of the upright picture, 0 to 1) with the file on standard input.
Exit 0: a JPEG of exactly WIDE×HIGH pixels, made anew without any of the file's notes (EXIF, place, comments), is on
standard output; 3: the fault's code is on standard error.
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

WIDE, HIGH = 480, 640  # pixels of the badge photo, 3:4
LEAST = 240  # pixels the chosen part must be wide
PIXELS = 60_000_000  # of the file; telephones take 50 million
FORMATS = ("JPEG", "PNG", "WEBP")
CPU = 10  # s
MEMORY = 1024 * 1024 * 1024  # bytes of address space


class Fault(Exception):
    """Not a photo we keep; `args[0]` is one of the codes of photos.WHY."""


def develop(content: bytes, left: float, top: float, width: float) -> bytes:
    """The chosen part as a JPEG. What lies outside the picture is moved back into it."""
    try:
        picture = Image.open(BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > PIXELS:
            raise Fault("pixels")
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Fault("not_photo") from error
    wide = min(max(width, 0.01) * upright.width, upright.width, upright.height * WIDE / HIGH)
    high = wide * HIGH / WIDE
    if wide < LEAST:
        raise Fault("small")
    x = min(max(left * upright.width, 0), upright.width - wide)
    y = min(max(top * upright.height, 0), upright.height - high)
    made = BytesIO()
    cut = upright.resize((WIDE, HIGH), Image.Resampling.LANCZOS, box=(x, y, x + wide, y + high))
    cut.save(made, "JPEG", quality=88, optimize=True)
    return made.getvalue()


def main() -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a web process that is killed leaves none behind
    for limit, most in ((resource.RLIMIT_CPU, CPU), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(limit, (most, most))
    Image.MAX_IMAGE_PIXELS = PIXELS
    left, top, width = (float(share) for share in sys.argv[1:4])
    try:
        made = develop(sys.stdin.buffer.read(), left, top, width)
    except Fault as fault:
        sys.stderr.write(str(fault))
        return 3
    except MemoryError:
        sys.stderr.write("not_photo")
        return 3
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
