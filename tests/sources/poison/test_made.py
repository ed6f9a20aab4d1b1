"""Absurd files that are made on purpose, by structure: success or a typed error, whatever the fields say."""

import csv as csv_module
import gzip
import io
import json
import struct
import tarfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.base.console import UserError
from pipeline.sources.cards import read_card
from pipeline.sources.climate.originals import usable
from pipeline.sources.climate.station_csv import COLUMNS, DATE, DATE_FORMAT, RANGE, Table, parse
from pipeline.sources.climate.timeline import INTERVAL, breaks, expect_order, without_doubles
from pipeline.sources.climate.windows import DELAY, normalised, offsets, parts, targets
from pipeline.sources.flat_arrays import read_arrays
from pipeline.sources.images.idx import read_idx
from pipeline.sources.images.images import read as read_images
from pipeline.sources.sounds import metadata
from pipeline.sources.sounds.clips import Clip
from pipeline.sources.sounds.inspection import Job, take
from pipeline.sources.sounds.originals import checksums
from pipeline.sources.texts.mirror import faults, read_flat
from pipeline.sources.texts.word_index import read_topics, read_words
from pipeline.sources.untar import Budget, Member, extract
from tests.made_originals import weather
from tests.poison import typed
from tests.sources.test_flat_arrays import declared, packed

many = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
some = settings(many, max_examples=25)
few = settings(many, max_examples=12)
EDGES = st.sampled_from([0, 1, 2, 3, 4, 16, 24, 100, 1000, 44100, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1])
NASTY = st.sampled_from(
    [
        *["", " ", "0", "-0", "1e999", "-1e30", "nan", "NaN", "inf", "0x10", "1_000", "١٢", "½", "9" * 5000, "\x00"],
        *["../x.wav", "/etc/passwd", "a/b.wav", "CON.wav", "=1+1", '"', "'", ";", "\t", "\r", "x" * 300, "\ufeff"],
        *["-9999", "-9999.00", "3000.1", "-300"],
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@many
@given(
    tag=st.sampled_from([0, 1, 2, 3, 6, 7, 17, 49, 80, 85, 0xFFFE, 0xFFFF]),
    channels=st.sampled_from([0, 1, 2, 6, 255, 1024, 65535]),
    rate=EDGES,
    bits=st.sampled_from([0, 1, 4, 8, 12, 16, 24, 32, 64, 255]),
    align=st.sampled_from([0, 1, 2, 4, 8, 65535]),
    riff=EDGES,
    promised=EDGES,
    data=st.binary(max_size=300),
    name=st.sampled_from([b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff"]),
)
def test_heads_of_wav(tmp_path_factory, tag, channels, rate, bits, align, riff, promised, data, name):
    folder = tmp_path_factory.mktemp("wav")
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    content = (
        name + struct.pack("<I", riff) + b"WAVEfmt \x10\0\0\0" + head + b"data" + struct.pack("<I", promised) + data
    )
    (folder / "in.wav").write_bytes(content)
    found = typed(lambda: take(Job(metadata.Row("a.wav", 1, 1, 1), folder / "in.wav", folder / "out.wav")))
    if isinstance(found, Clip):
        assert (
            promised <= len(data) and 1000 <= found.rate <= 1_000_000 and found.frames * found.channels <= 8 * len(data)
        )


@many
@given(
    head=st.permutations([*metadata.COLUMNS]).flatmap(lambda names: st.lists(st.sampled_from(names), min_size=6)),
    whole=st.booleans(),
    rows=st.lists(st.lists(NASTY | st.integers(-5, 12).map(str), max_size=10), max_size=4),
    mark=st.sampled_from([",", ",", ";", "\t"]),
)
def test_tables_of_clips(tmp_path_factory, head, whole, rows, mark):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    stream = io.StringIO()
    writer = csv_module.writer(stream, delimiter=mark)
    writer.writerow(metadata.COLUMNS if whole else head)
    writer.writerow(["1-3-0-0.wav", "1", "0", "1", "1", "5", "3", "dog_bark"])
    writer.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8")
    found = typed(lambda: metadata.read(path), UserError)
    assert isinstance(found, UserError) or all(
        metadata.PLAIN.fullmatch(row.name) and 1 <= row.fold <= 10 for row in found
    )


@many
@given(
    names=st.lists(st.sampled_from([DATE, *COLUMNS, "", "rain (mm)"]), max_size=20),
    whole=st.booleans(),
    changes=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 14), NASTY), max_size=3),
)
def test_tables_of_weather(names, whole, changes):
    lines = weather(6)
    for row, column, value in changes:
        lines[row][column] = value
    lines[0] = lines[0] if whole else names
    content = "\n".join(",".join(line) for line in lines).encode()
    found = typed(lambda: parse(content, "x.csv"), UserError)
    if isinstance(found, Table):
        inside = (found.values >= RANGE[0]) & (found.values <= RANGE[1])
        assert (inside | (found.values == -9999)).all() and not found.dates.isna().any()


LONG = weather(7200, 2021)
TABLE = parse("\n".join(",".join(line) for line in LONG).encode(), "x.csv")


def taken(rows: np.ndarray, minutes: np.ndarray) -> Table:
    """Return a table of some rows, each with its date moved by some minutes."""
    dates = TABLE.dates.iloc[rows].reset_index(drop=True) + np.array(minutes, "timedelta64[m]")
    text = TABLE.text.iloc[rows].reset_index(drop=True)
    text.index += 1
    return Table(text, dates, TABLE.values[rows], [])


@few
@given(
    cuts=st.lists(st.tuples(st.integers(0, 7199), st.integers(0, 30)), max_size=3),
    again=st.lists(st.tuples(st.integers(0, 7199), st.integers(1, 200)), max_size=2),
    swap=st.none() | st.tuples(st.integers(0, 7000), st.integers(1, 199)),
    pushed=st.none() | st.tuples(st.integers(0, 7199), st.sampled_from([-20, -5, 0, 1, 5, 10, 525_600])),
)
def test_time_in_tables(cuts, again, swap, pushed):
    rows = list(range(7200))
    for start, count in cuts:
        del rows[start : start + count]
    for start, count in again:
        rows[start:start] = rows[start : start + count]
    if swap and swap[0] + 1 < len(rows):
        rows[swap[0]], rows[-swap[1]] = rows[-swap[1]], rows[swap[0]]
    minutes = np.where(np.arange(len(rows)) >= pushed[0], pushed[1], 0) if pushed else np.zeros(len(rows), int)
    found = typed(lambda: usable(taken(np.array(rows), minutes), "x.csv"), UserError)
    if isinstance(found, UserError):
        return
    dates = found.dates.to_numpy()
    assert (np.diff(dates) >= INTERVAL).all()
    for protocol in ("as_written", "corrected"):
        split = parts(len(dates), protocol, 1, breaks(dates))
        for part in (split.train, split.validation, split.test):
            span = dates[part + DELAY] - dates[part + offsets(protocol)[0]]
            assert (span == INTERVAL * (DELAY - offsets(protocol)[0])).all()  # without a gap inside
        scaled, degrees = normalised(found.values, protocol)
        assert np.isfinite(scaled).all() and np.isfinite(targets(scaled)).all() and degrees > 0


@some
@given(minutes=st.lists(st.integers(-30, 60), min_size=1, max_size=12), values=st.lists(st.integers(0, 2), min_size=12))
def test_steps_of_time(minutes, values):
    start = datetime(2020, 1, 1)
    lines = [list(line) for line in weather(len(minutes))]
    for row, (sum_of, value) in enumerate(zip(np.cumsum(minutes).tolist(), values, strict=False), 1):
        lines[row] = [f"{start + timedelta(minutes=sum_of):{DATE_FORMAT}}", *[str(value)] * len(COLUMNS)]
    table = parse("\n".join(",".join(line) for line in lines).encode(), "x.csv")

    def check() -> Table:
        once = without_doubles(table, "x.csv")
        expect_order(once, "x.csv")
        return once

    found = typed(check, UserError)
    if isinstance(found, Table):
        assert (np.diff(found.dates.to_numpy()) >= INTERVAL).all() and len(found.text) == len(found.values)


@many
@given(
    shape=st.lists(st.integers(-3, 2**70), max_size=4),
    dtype=st.sampled_from(["<i4", "|u1", "<f8", "|O", "<U9", "|V0", "<m8[s]", ">i8", "evil", "<f16", "|S99999999"]),
    payload=st.binary(max_size=64),
    version=st.integers(0, 4),
)
def test_heads_of_arrays(tmp_path_factory, shape, dtype, payload, version):
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    packed(path, declared(str(tuple(shape)), dtype, payload, version))
    found = typed(lambda: read_arrays(path, ["x"]), UserError)
    assert isinstance(found, UserError) or found["x"].nbytes == len(payload)


@many
@given(
    tokens=st.lists(st.integers(-2, 12), max_size=8),
    lengths=st.lists(st.integers(-2, 2**63 - 1) | st.integers(0, 4), max_size=4),
    labels=st.lists(st.integers(-1, 3), max_size=4),
    dtype=st.sampled_from([np.int64, np.uint64, np.float64, np.bool_]),
)
def test_texts_of_a_mirror(tmp_path_factory, tokens, lengths, labels, dtype):
    path = tmp_path_factory.mktemp("texts") / "x.npz"
    arrays = {
        name: np.array(row).astype(dtype) for name, row in (("tokens", tokens), ("lengths", lengths), ("y", labels))
    }
    np.savez(path, **arrays)
    found = typed(lambda: read_flat(path, "", 9, 2), UserError)
    if not isinstance(found, UserError):
        assert found.lengths.sum() == len(found.ids) and not list(faults(arrays, "", 9, 2))


@many
@given(sizes=st.lists(EDGES, min_size=3, max_size=3), data=st.binary(max_size=60), magic=st.binary(max_size=4))
def test_heads_of_images(tmp_path_factory, sizes, data, magic):
    path = tmp_path_factory.mktemp("idx") / "x.gz"
    head = magic if len(magic) < 3 else bytes([0, 0, 8, 3])
    path.write_bytes(gzip.compress(head + struct.pack(">3I", *sizes) + data))
    found = typed(lambda: read_idx(path, 3, "remedy"), UserError)
    assert isinstance(found, UserError) or found.size == len(data)


@some
@given(value=JSON)
def test_json(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("json")
    path = folder / "card.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    for reader in (read_words, read_topics, checksums):
        typed(lambda reader=reader: reader(path), UserError)
    typed(lambda: read_card(folder), UserError)
    typed(lambda: read_images(folder, "mnist"), UserError)
    path.write_text(json.dumps({"data": "x", "sha256": value, "sets": value, "clips": value}), encoding="utf-8")
    typed(lambda: read_card(folder), UserError)
    typed(lambda: read_images(folder, "mnist"), UserError)
    typed(lambda: checksums(path), UserError)


@many
@given(
    members=st.lists(
        st.tuples(
            st.sampled_from(["a", "../a", "/a", "a/../../b", "a/b", "./a", "a\nb", "x" * 90, "ü/é", ".", ".."])
            | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
            st.sampled_from(list(b"012345678xgLKSVM")),
            st.sampled_from([0, 3, 600, 2**33, 36 << 30]),
        ),
        max_size=4,
    )
)
def test_members_of_archives(tmp_path_factory, members):
    folder = tmp_path_factory.mktemp("tar")
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as packed_tar:
        for name, kind, size in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = bytes([kind]), size, "/etc/passwd"
            stream.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
            stream.write(bytes(min(size, 600) + 511 & ~511))
        packed_tar.fileobj = stream

    def unpack() -> None:
        budget = Budget()
        with tarfile.open(fileobj=io.BytesIO(stream.getvalue()), mode="r|", tarinfo=Member) as tar:
            for member in tar:
                budget.spend(member)
                extract(tar, member, folder / "root")

    typed(unpack, tarfile.TarError, OSError, ValueError, OverflowError)
    assert [path.name for path in folder.iterdir()] in ([], ["root"])
    assert not any(path.is_symlink() for path in folder.rglob("*"))


@pytest.mark.parametrize("depth", [1_000, 100_000, 3_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_as_deep_as_it_is_long(tmp_path: Path, depth: int, opening: str, closing: str) -> None:
    (tmp_path / "card.json").write_text(opening * depth + "1" * (opening != "[") + closing * depth)
    for reader in (read_words, read_topics, checksums):
        assert isinstance(typed(lambda reader=reader: reader(tmp_path / "card.json"), UserError), UserError)
    assert isinstance(typed(lambda: read_card(tmp_path), UserError), UserError)
