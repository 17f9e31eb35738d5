#!/usr/bin/env python3
"""Writes tests/data/golden/*.csv: MFCCs by torchaudio and by librosa, to compare the front end with.

Needs torchaudio, librosa and scipy. Usage, from the repository's root: python3 tests/scripts/make_golden_mfcc.py

Our frames are not centred and have 480 samples; both tools cut frames of the FFT's 512 and centre the window in
them. So the signal gets 16 zeros on either side, and frame i covers the same 480 samples.

Both compute in double precision, where they agree to 1e-7. In single precision the rounding of torchaudio's mel
filters alone moves its MFCCs of the chirp by 7e-4.
"""

import wave
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import torch

# Everything runs on the CPU: which CUDA torchaudio was built for does not matter, though it checks.
torch.version.cuda = None
import torchaudio  # noqa: E402

torch.set_default_dtype(torch.float64)

DATA = Path(__file__).parent.parent / "data"
SIGNALS = {
    "speech": "keywords/yes/en-us.wav",
    "chirp": "golden/chirp.wav",
    "near_silence_with_clipping": "golden/near_silence_with_clipping.wav",
}
MARGIN = (512 - 480) // 2


def read(path):
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16_000, 2, 1)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return np.pad(samples.astype(np.float64) / 32_768, MARGIN)


def by_torchaudio(samples):
    mfcc = torchaudio.transforms.MFCC(
        sample_rate=16_000,
        n_mfcc=40,
        norm="ortho",
        log_mels=True,  # ln(x + 1e-6)
        melkwargs=dict(
            n_fft=512,
            win_length=480,
            hop_length=160,
            center=False,
            n_mels=40,
            f_min=0.0,
            f_max=8_000.0,
            mel_scale="htk",
            norm=None,
            power=2.0,
        ),
    )
    return mfcc(torch.from_numpy(samples)).numpy().T  # [frames, 40]


def by_librosa(samples):
    mel = librosa.feature.melspectrogram(
        y=samples,
        sr=16_000,
        n_fft=512,
        win_length=480,
        hop_length=160,
        window="hann",
        center=False,
        n_mels=40,
        fmin=0.0,
        fmax=8_000.0,
        htk=True,
        norm=None,
        power=2.0,
    )
    return scipy.fft.dct(np.log(mel + 1e-6), type=2, norm="ortho", axis=0).T  # [frames, 40]


TOOLS = {
    "torchaudio": (by_torchaudio, f"torchaudio {torchaudio.__version__}, torch {torch.__version__}"),
    "librosa": (by_librosa, f"librosa {librosa.__version__}, scipy {scipy.__version__}"),
}

for signal, wav in SIGNALS.items():
    for name, (compute, tool) in TOOLS.items():
        header = (
            f"tool: {tool}, in double precision\n"
            "command: python3 tests/scripts/make_golden_mfcc.py\n"
            f"signal: {wav}\n"
            "tolerance: 1e-4, largest absolute difference\n"
            "one line per frame, 40 MFCCs"
        )
        path = DATA / "golden" / f"{signal}.{name}.csv"
        np.savetxt(path, compute(read(DATA / wav)), fmt="%.6f", delimiter=",", header=header)
