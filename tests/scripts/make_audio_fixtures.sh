#!/bin/sh
# Makes the files in runtime/polyspot-audio/tests/data that sox and ffmpeg write; the others there are libsndfile's.
#
# Needs: sox, ffmpeg with libopus. Usage, from anywhere: tests/scripts/make_audio_fixtures.sh
set -eu
cd "$(dirname "$0")/../../runtime/polyspot-audio/tests/data"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# Half a second of 440 Hz, amplitude 0.5. -D: dither would make each run's files differ.
sox -D -R -n -r 16000 -b 16 -c 1 "$work/sine.wav" synth 0.5 sine 440 vol 0.5
sox -D "$work/sine.wav" -e ima-adpcm sine_440hz_16khz_ima_adpcm.wav
sox -D "$work/sine.wav" -e ms-adpcm sine_440hz_16khz_ms_adpcm.wav
# The second channel is the first upside down. Not by sox, which begins each block of it with the first channel's sample.
sox -D "$work/sine.wav" "$work/both.wav" remix 1 1v-1
ffmpeg -v error -y -i "$work/both.wav" -bitexact -c:a adpcm_ima_wav sine_440hz_and_inverse_16khz_ima_adpcm.wav
ffmpeg -v error -y -i "$work/both.wav" -bitexact -c:a adpcm_ms sine_440hz_and_inverse_16khz_ms_adpcm.wav
sox -D "$work/sine.wav" -e gsm-full-rate -r 8000 sine_440hz_8khz_gsm.wav trim 0 0.1
ffmpeg -v error -y -i "$work/sine.wav" -bitexact -c:a aac -b:a 32k sine_440hz_16khz.m4a
ffmpeg -v error -y -i "$work/sine.wav" -bitexact -c:a aac -b:a 32k sine_440hz_16khz.aac
ffmpeg -v error -y -i "$work/sine.wav" -bitexact -c:a alac sine_440hz_16khz_alac.m4a
ffmpeg -v error -y -i "$work/sine.wav" -bitexact -c:a flac sine_440hz_16khz_flac.oga

# A voice as a messenger sends it, and what libopus makes of it.
word=../../../../tests/data/keywords/stop/en-us.wav
ffmpeg -v error -y -ss 0.2 -t 0.5 -i "$word" -bitexact -c:a libopus -application voip -b:a 16k -ar 48000 \
    -page_duration 100000 voice.opus
ffmpeg -v error -y -c:a libopus -i voice.opus -bitexact -compression_level 12 voice_by_libopus.flac
