"""Ten kinds of sound for the built-in sample: one recipe per class, with energy up to 20 kHz.

A recipe takes a `voice` (a generator seeded per recording: pitch, rate, timbre), a `moment` (seeded per slice: when and
how) and the times t in seconds [samples]; it returns a wave [samples] at any level. It draws from the voice first, the
same number of times whatever the moment, so that the slices of a recording share its character.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

RATE = 44100  # Hz
Wave = np.ndarray
Recipe = Callable[[Generator, Generator, Wave], Wave]


def coloured(moment: Generator, samples: int, low: float, high: float, tilt: float = 0.0) -> Wave:
    """Draw noise between two frequencies in Hz, falling by `tilt` (0 white, 1 pink, 2 brown)."""
    spectrum = np.fft.rfft(moment.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    inside = 1 / (1 + (low / np.maximum(hertz, 1)) ** 8) / (1 + (hertz / high) ** 8)
    return np.fft.irfft(spectrum * inside * np.maximum(hertz, 20.0) ** (-tilt / 2), samples)


def harmonics(phase: Wave, count: int, fall: float) -> Wave:
    """Sum `count` harmonics of a phase in cycles, the n-th with amplitude n ** -fall."""
    # e^(inx) by powers of e^(ix): one exponential for all harmonics
    turn = np.exp(2j * np.pi * phase)
    power, total = turn.copy(), turn.imag.copy()
    for n in range(2, count + 1):
        power *= turn
        total += power.imag * n**-fall
    return total


def strikes(moment: Generator, t: Wave, times: Wave, decay: float) -> Wave:
    """Build an envelope that jumps up at each of the times [s] and falls by a factor of e in `decay` seconds."""
    envelope = np.zeros_like(t)
    for start in times:
        first = int(np.searchsorted(t, start))
        stop = min(len(t), first + int(8 * decay * RATE))
        loud = moment.uniform(0.6, 1.0)
        envelope[first:stop] += loud * np.exp(-(t[first:stop] - start) / decay)
    return envelope


def air_conditioner(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Low-passed noise with a faint hum."""
    high, tilt, hum = voice.uniform(2000, 9000), voice.uniform(0.5, 1.5), voice.uniform(50, 120)
    noise = coloured(moment, len(t), 40, high, tilt)
    return noise / noise.std() + 0.4 * harmonics(t * hum + moment.uniform(), 4, 1.0)


def car_horn(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Two steady harmonic tones, sounding for a while."""
    pitch, ratio, fall = voice.uniform(320, 520), voice.uniform(1.18, 1.34), voice.uniform(0.3, 0.8)
    tones = harmonics(t * pitch, 40, fall) + harmonics(t * pitch * ratio, 30, fall)
    start, length = moment.uniform(0, 0.5) * t[-1], moment.uniform(0.3, 0.9) * t[-1]
    return tones * ((t >= start) & (t < start + length))


def children_playing(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Chirps of many voices at random times over a murmur."""
    centre, busy, bright = voice.uniform(500, 1100), voice.uniform(3, 8), voice.uniform(0.4, 1.0)
    wave = 0.3 * coloured(moment, len(t), 300, 9000, 1.0) * 100
    for start in moment.uniform(0, t[-1], int(busy * (t[-1] + 1))):
        part = slice(int(start * RATE), int((start + moment.uniform(0.1, 0.5)) * RATE))
        local = t[part] - start
        pitch = centre * moment.uniform(0.6, 1.8) * (1 + moment.uniform(-0.4, 0.6) * local)
        wave[part] += np.hanning(len(local)) * harmonics(np.cumsum(pitch) / RATE, 12, bright)
    return wave


def dog_bark(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Short bursts of a rough falling tone."""
    pitch, rough, decay = voice.uniform(250, 800), voice.uniform(0.3, 1.0), voice.uniform(0.03, 0.09)
    times = np.cumsum(moment.uniform(0.25, 1.2, 16))
    times -= 0.9 * times[0]  # the first bark is early: no clip is silent
    envelope = strikes(moment, t, times[times < t[-1]], decay)
    tone = harmonics(t * pitch * moment.uniform(0.9, 1.1), 25, 0.6)
    return envelope * (tone + rough * 3 * moment.standard_normal(len(t)))


def drilling(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Noise in 25 to 60 pulses per second, with a whine."""
    rate, low, whine = voice.uniform(25, 60), voice.uniform(1000, 4000), voice.uniform(1500, 4000)
    noise = coloured(moment, len(t), low, 16000)
    pulse = 0.3 + ((t * rate + moment.uniform()) % 1.0 < 0.4)
    return pulse * noise / noise.std() + 0.5 * harmonics(t * whine * moment.uniform(0.97, 1.03), 5, 0.7)


def engine_idling(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Low harmonics whose level swings with every turn, and a little valve noise."""
    pitch, swing, fall = voice.uniform(25, 60), voice.uniform(4, 12), voice.uniform(0.5, 1.0)
    tone = harmonics(t * pitch * moment.uniform(0.97, 1.03), 60, fall)
    rattle = coloured(moment, len(t), 500, 8000, 1.0)
    return (1 + 0.7 * np.sin(2 * np.pi * (swing * t + moment.uniform()))) * (tone + 0.6 * rattle / rattle.std())


def gun_shot(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """One or a few bursts of noise that die away."""
    decay, high, count = voice.uniform(0.05, 0.4), voice.uniform(5000, 18000), int(voice.integers(1, 4))
    times = np.sort(moment.uniform(0, 0.7, count)) * t[-1]
    noise = coloured(moment, len(t), 60, high, 0.5)
    return strikes(moment, t, times, decay) * noise / noise.std()


def jackhammer(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """Hard strikes of noise, 8 to 20 per second, on a ringing tool."""
    rate, ring, decay = voice.uniform(8, 20), voice.uniform(800, 3500), voice.uniform(0.008, 0.03)
    times = np.arange(moment.uniform(0, 1 / rate), t[-1], 1 / rate)
    noise = coloured(moment, len(t), 200, 14000, 0.4)
    return strikes(moment, t, times, decay) * (noise / noise.std() + harmonics(t * ring, 4, 0.5))


def siren(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """A tone that sweeps slowly up and down."""
    low, span, period = voice.uniform(450, 800), voice.uniform(300, 900), voice.uniform(0.4, 5.0)
    swing = 0.5 + 0.5 * np.sin(2 * np.pi * (t / period + moment.uniform()))
    return harmonics(np.cumsum(low + span * swing) / RATE, 16, 0.8)


def street_music(voice: Generator, moment: Generator, t: Wave) -> Wave:
    """A sequence of three-note chords with a beat."""
    root, tempo, bright = voice.uniform(110, 260), voice.uniform(1.5, 4.0), voice.uniform(0.6, 1.2)
    wave = np.zeros_like(t)
    for start in np.arange(0, t[-1], 1 / tempo):
        part = slice(int(start * RATE), int((start + 1 / tempo) * RATE))
        local = t[part] - start
        degree = moment.choice([0, 3, 5, 7, 10])
        chord = sum(harmonics(local * root * 2 ** ((degree + step) / 12), 14, bright) for step in (0, 4, 7))
        wave[part] += np.exp(-local * tempo) * (chord + 0.5 * moment.standard_normal(len(local)) * (local < 0.03))
    return wave


RECIPES: dict[str, Recipe] = {
    recipe.__name__: recipe
    for recipe in (
        air_conditioner,
        car_horn,
        children_playing,
        dog_bark,
        drilling,
        engine_idling,
        gun_shot,
        jackhammer,
        siren,
        street_music,
    )
}
