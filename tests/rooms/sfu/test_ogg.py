"""Ogg Opus: what we write, a decoder plays."""

import pytest

from rooms.sfu import ogg
from tests.sound import tenths, tone


def written(*packets: bytes) -> bytes:
    stream = ogg.Stream(7)
    return stream.head() + b"".join(stream.add(packet) for packet in packets) + stream.end()


@pytest.mark.parametrize(
    ("packet", "length"),
    [
        (b"\x00", 480), (b"\x18", 2880), (b"\x60", 480), (b"\x78", 960), (b"\xe0", 120), (b"\xfc", 960), (b"\xf9", 1920),
        (b"\xfa", 1920), (b"\xfb\x06", 5760), (b"\xfb\x07", 0), (b"\xfb", 0), (b"", 0),
    ],
)  # fmt: skip
def test_a_packet_says_how_long_it_plays(packet: bytes, length: int) -> None:
    assert ogg.samples(packet) == length


def test_a_tone_with_silence_in_it_plays_as_it_was() -> None:
    file = written(*tone(), *ogg.silence(48_000), *tone())
    levels = tenths(file)
    assert 29 <= len(levels) <= 30
    assert min(levels[:9]) > 6_000 and max(levels[11:19]) == 0 and min(levels[21:]) > 5_000


def test_the_checksum_is_that_of_rfc_3533() -> None:
    """The catalogue's check value of this polynomial, begun at zero and not inverted; libogg computes the same."""
    assert ogg.crc(b"123456789") == 0x89A1897F
    assert ogg.crc(bytearray(100)) == ogg.crc(b"") == 0


@pytest.mark.parametrize("length", [119, 120, 240, 480, 960, 1_000, 47_880])
def test_silence_is_as_long_as_asked_to_the_smallest_frame(length: int) -> None:
    packets = list(ogg.silence(length))
    assert sum(map(ogg.samples, packets)) == length // ogg.UNIT * ogg.UNIT
    if packets:
        assert set(tenths(written(*packets, *packets))) <= {0}


def test_only_the_newest_block_of_red_is_kept() -> None:
    red = bytes((0x80 | 111, 0x0F, 0x00, 3)) + bytes((0x80 | 111, 0x07, 0x80, 2)) + bytes((111,)) + b"xxxyynew"
    assert ogg.primary(red) == b"new"
    assert ogg.primary(bytes((0x80 | 111, 0x0F))) == b""
    assert ogg.primary(bytes((111,)) + b"new") == b"new"


def test_a_long_packet_and_a_page_full_of_segments_are_kept() -> None:
    packets = [b"\xe0" + bytes(600)] * 200  # three segments each, of 2.5 ms: a page is full before its second is
    file = written(*packets)
    size, granule = ogg.whole(file)
    assert (size, granule) == (len(file), 200 * 120)


def test_of_a_file_cut_anywhere_the_whole_pages_are_found() -> None:
    file = written(*tone(), *tone(), *tone())
    ends = {ogg.whole(file[:cut])[0] for cut in range(0, len(file), 97)}
    assert len(ends) >= 4 and all(file[end : end + 4] in (b"OggS", b"") for end in ends)
    size, granule = ogg.whole(file[:-10])
    assert 27 <= len(tenths(file[:size])) <= granule / 4800
    assert ogg.whole(b"no ogg at all") == (0, 0)
    broken = bytearray(file)
    broken[-20] ^= 1  # the checksum of the last page tells
    assert ogg.whole(bytes(broken))[0] < len(file)
