#!/bin/sh
# Makes the sound files in tests/data: synthetic speech (espeak-ng), so that no recording of a person enters
# the repository, and the same clip in every file format (sox).
#
# Needs: espeak-ng sox ffmpeg python3. Usage, from anywhere: tests/scripts/make_fixtures.sh
set -eu
cd "$(dirname "$0")/../data"

# speak VOICE WORDS_PER_MINUTE WORD FILE: one second at 16 kHz, 16 bit, the word in the middle.
speak() {
    espeak-ng -v "$1" -s "$2" -w "$work/raw.wav" "$3"
    # -D everywhere: dither would make each run's files differ.
    sox -D "$work/raw.wav" -r 16000 -b 16 -c 1 "$work/trimmed.wav" \
        silence 1 0.005 0.5% reverse silence 1 0.005 0.5% reverse norm -6
    spare=$((16000 - $(soxi -s "$work/trimmed.wav")))
    [ "$spare" -ge 0 ] || { echo "$3 by $1 takes more than a second" >&2; exit 1; }
    mkdir -p "$(dirname "$4")"
    sox -D "$work/trimmed.wav" "$4" pad "$((spare / 2))s" "$((spare - spare / 2))s"
}

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
rm -rf keywords other_languages formats coded broken

for word in yes no up down left right on off stop go; do
    speak en-us 150 "$word" "keywords/$word/en-us.wav"
    speak en-gb+f2 140 "$word" "keywords/$word/en-gb-f2.wav"
    speak en-gb-scotland+m3 160 "$word" "keywords/$word/en-gb-scotland-m3.wav"
done

# A keyword of each other language that synthetic voices say well enough.
# eSpeak NG's Indonesian says it more like people who speak Arabic than its Arabic does.
speak id+m7 150 amaam other_languages/ar_front.wav
speak cmn-latn-pinyin+f2 120 语音 other_languages/zh_voice.wav

# Folders that name no keyword: other words, and no word at all.
speak en-us 150 seven keywords/seven/en-us.wav
speak en-gb+f2 140 happy keywords/happy/en-gb-f2.wav
speak en-gb-scotland+m3 160 marvin keywords/marvin/en-gb-scotland-m3.wav
mkdir -p keywords/silence
sox -D -R -n -r 16000 -b 16 -c 1 keywords/silence/brown-noise.wav synth 1 brownnoise gain -30

# One clip in every sample format, rate and number of channels.
mkdir -p formats
clip=keywords/stop/en-us.wav
sox -D "$clip" -b 8 -e unsigned-integer formats/8_bit.wav
sox -D "$clip" -b 16 formats/16_bit.wav
sox -D "$clip" -b 24 formats/24_bit.wav
sox -D "$clip" -b 32 -e signed-integer formats/32_bit.wav
sox -D "$clip" -b 32 -e floating-point formats/float.wav
sox -D "$clip" -b 16 formats/16_bit.flac
# A word that is still the same without the sounds above 4 kHz.
sox -D keywords/right/en-us.wav -r 8000 formats/8_khz_right.wav
# The word is on the second channel alone; the first has faint noise.
sox -D -R -n -r 44100 -b 16 -c 1 "$work/noise.wav" synth 1 brownnoise gain -40
sox -D "$clip" -r 44100 "$work/word.wav"
sox -D -M "$work/noise.wav" "$work/word.wav" formats/44.1_khz_stereo_word_on_channel_2.wav

# The same as phones, messengers and telephones have it.
mkdir -p coded
for ending in mp3 ogg opus m4a aac oga; do
    case $ending in
    mp3) codec="libmp3lame -b:a 32k" ;;
    ogg) codec="libvorbis -b:a 48k" ;;
    opus) codec="libopus -b:a 16k -application voip" ;;
    m4a | aac) codec="aac -b:a 32k" ;;
    oga) codec=flac ;;
    esac
    # shellcheck disable=SC2086 # several words
    ffmpeg -v error -y -i "$clip" -bitexact -c:a $codec "coded/stop.$ending"
done
sox -D "$clip" -e ima-adpcm coded/stop_ima_adpcm.wav
sox -D "$clip" -e mu-law coded/stop_mulaw.wav

# What is no recording.
mkdir -p broken
: >broken/empty.wav
printf 'This is a text, whatever its name says.\n' >broken/text.wav
head -c 30 "$clip" >broken/header_cut_off.wav
head -c 9000 formats/16_bit.flac | tail -c +200 >broken/no_header.flac
# A RIFF header that promises 4 GB at 0 Hz.
printf 'RIFF\377\377\377\377WAVEfmt \020\000\000\000\001\000\001\000\000\000\000\000\000\000\000\000\002\000\020\000data\377\377\377\377' \
    >broken/zero_hz.wav

# Signals for the golden MFCCs; the speech is keywords/yes/en-us.wav.
mkdir -p golden
python3 - <<'PY'
import math, random, struct, wave

def write(path, samples):
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(b"".join(struct.pack("<h", s) for s in samples))

# 50 Hz to 7.9 kHz in half a second, exponentially.
n, low, high = 8_000, 50.0, 7_900.0
rate = math.log(high / low)
phase = lambda i: 2 * math.pi * low * (n / 16_000) * (math.exp(i / n * rate) - 1) / rate
write("golden/chirp.wav", [round(16_000 * math.sin(phase(i))) for i in range(n)])

# The last bit flickers; in the middle 100 ms of a 300 Hz tone driven far into clipping; then digital zero.
rng = random.Random(1)
signal = [rng.choice((-1, 0, 0, 0, 1)) for _ in range(n)]
for i in range(3_000, 4_600):
    tone = 200_000 * math.sin(2 * math.pi * 300 * i / 16_000)
    signal[i] = max(-32_768, min(32_767, round(tone)))
signal[6_000:] = [0] * (n - 6_000)
write("golden/near_silence_with_clipping.wav", signal)
PY
