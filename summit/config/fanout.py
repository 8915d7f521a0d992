"""Which fan-out kernel the media node uses: PARLEY_FANOUT, and compiling the native one. Standard library only."""

from collections.abc import Mapping

from rooms.sfu.compiling import CannotCompile, compile_kernel
from summit.config.bootstrap import CannotStart, apt_install

CHOICES = ("auto", "native", "python")
PACKAGES = ("gcc", "libc6-dev")


def prepare(environment: Mapping[str, str]) -> None:
    """Compile the native kernel where one is wanted. Refused: `native` that cannot be; `auto` goes on with Python."""
    wanted = environment.get("MEDIA_FANOUT") or "auto"
    if wanted not in CHOICES:
        raise CannotStart(f"PARLEY_FANOUT is auto, native or python, not {wanted!r}.")
    if wanted == "python":
        return
    try:
        compile_kernel()
    except CannotCompile as obstacle:
        if wanted == "native":
            raise CannotStart(f"PARLEY_FANOUT=native, but {obstacle}.") from obstacle


def prepare_for_tests() -> None:
    """The native kernel is always tested: as root on Debian its compiler is installed; else its tests fail and say why."""
    try:
        compile_kernel()
    except CannotCompile:
        try:
            install_compiler()
            compile_kernel()
        except (CannotStart, CannotCompile) as obstacle:
            print(f"{obstacle}\nTests that need it will not pass.", flush=True)


def install_compiler() -> None:
    """Debian's. Refused without root."""
    apt_install(PACKAGES, "A C compiler, for the media node's native kernel,")
