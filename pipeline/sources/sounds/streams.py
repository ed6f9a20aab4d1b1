"""Whether a compressed stream is there to its end: Ogg pages, FLAC, MPEG frames."""

from pipeline.sources.sounds.containers import NO_LENGTH

_KBITS = {  # by (version 1, layer), of the index in a frame's header; 0 is "free", which has no known length
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_TAILS = (b"TAG", b"APETAGEX", b"3DI", b"LYRICSBEGIN", b"\0")  # tags, and at last padding


def of_ogg(data: memoryview) -> str | None:
    """Check an Ogg file: whole pages, none missing in a stream, and the last one marked as the end."""
    start, ended, numbers = 0, False, dict[bytes, int]()
    while data[start : start + 4] == b"OggS" and start + 27 <= len(data):
        serial, number = bytes(data[start + 14 : start + 18]), int.from_bytes(data[start + 18 : start + 22], "little")
        if number != numbers.get(serial, -1) + 1:
            return f"truncated: page {numbers.get(serial, -1) + 1} of the Ogg stream is missing"
        numbers[serial], ended = number, bool(data[start + 5] & 4)
        segments = data[start + 27 : start + 27 + data[start + 26]]
        size = 27 + data[start + 26] + sum(segments)
        if len(segments) < data[start + 26] or start + size > len(data):
            return f"truncated: an Ogg page promises {size} bytes, file has {len(data) - start}"
        start += size
    if not ended or start < len(data):
        return "truncated: the last Ogg page is not the end of the stream"
    return None


def of_flac(data: memoryview) -> str | None:
    """Check that a FLAC file says how many samples it has; decoding it shows whether they are there."""
    samples = int.from_bytes(data[21:26], "big") & 0xFFFFFFFFF  # the last 36 bits of 40 in STREAMINFO
    return None if samples else NO_LENGTH


def of_mpeg(data: memoryview) -> str | None:
    """Check an MPEG stream: whole frames up to the end or a tag, as many as its first frame promises."""
    start, frames, wanted = 0, 0, None
    while len(data) - start >= 4 and (size := frame_size(data[start : start + 4])):
        if start + size > len(data):
            return f"truncated: an MPEG frame promises {size} bytes, file has {len(data) - start}"
        if not frames:
            wanted = promised_frames(data[:size])
        start, frames = start + size, frames + 1
    rest = bytes(data[start : start + 16])
    if not frames:
        return "no MPEG frame"
    if rest and not rest.startswith(_TAILS):
        return f"{len(data) - start} bytes after frame {frames} are no MPEG frame"
    if wanted is None and not rest.startswith(_TAILS[:-1]):
        return NO_LENGTH
    if wanted is not None and frames - 1 < wanted:
        return f"truncated: header promises {wanted} frames, file has {frames - 1}"
    return None


def frame_size(head: memoryview) -> int:
    """Compute the bytes of an MPEG frame from its first four, 0 if they are not the head of one."""
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    kbits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if head[0] != 0xFF or head[1] < 0xE0 or version == 1 or layer == 4 or kbits in (0, 15) or rate == 3:
        return 0
    bits, hertz = 1000 * _KBITS[version == 3, layer][kbits], _RATES[version][rate]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (144 if layer == 2 or version == 3 else 72) * bits // hertz + padding


def promised_frames(frame: memoryview) -> int | None:
    """Read from a Xing, Info or VBRI header how many frames follow; None if there is no such header."""
    content = bytes(frame)
    place = max(content.find(b"Xing"), content.find(b"Info"))
    if 0 <= place <= len(content) - 12 and content[place + 7] & 1:
        return int.from_bytes(content[place + 8 : place + 12], "big")
    place = content.find(b"VBRI")
    return int.from_bytes(content[place + 14 : place + 18], "big") if 0 <= place <= len(content) - 18 else None
