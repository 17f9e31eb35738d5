#!/bin/sh
# Makes one second of sound as 40 variants of WAV and FLAC, and prints which of sox, ffmpeg, libsndfile and polyspot read it whole.
#
# Needs: sox ffmpeg sndfile-programs flac python3. Usage, from anywhere: tests/scripts/wav_flac_variants.sh [PROGRAM]
# PROGRAM is the `polyspot` to try; without it, the one that `cargo build --release` makes.
# The exit code is 1 if there is a variant that all three read and polyspot does not, unless it is refused by its name.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-$root/target/release/polyspot}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"

# A tone at 16 kHz: long enough for blocks, whole frames of every coding.
sox -D -R -n -r 16000 -b 16 -c 1 tone.wav synth 1 sine 440 gain -6
sox -D tone.wav -c 2 stereo.wav
sox -D tone.wav -c 6 six.wav
sox -D -R -n -r 44100 -b 24 -c 2 music.wav synth 1 pluck 440 pluck 660 gain -6

plain() { sox -D tone.wav "$@"; }
code() { ffmpeg -v error -y -i "$1" -c:a "$2" "$3"; }
plain -b 8 -e unsigned-integer 01-u8.wav
plain -b 16 02-s16.wav
plain -b 24 03-s24.wav
plain -b 32 -e signed-integer 04-s32.wav
plain -b 32 -e floating-point 05-f32.wav
plain -b 64 -e floating-point 06-f64.wav
plain -b 8 -e mu-law 07-mulaw.wav
plain -b 8 -e a-law 08-alaw.wav
plain -e ima-adpcm 09-ima-adpcm.wav
plain -e ms-adpcm 10-ms-adpcm.wav
sox -D stereo.wav -e ima-adpcm 11-ima-adpcm-stereo.wav
sox -D stereo.wav -e ms-adpcm 12-ms-adpcm-stereo.wav
code tone.wav adpcm_ima_wav 13-ima-adpcm-ffmpeg.wav
code stereo.wav adpcm_ms 14-ms-adpcm-ffmpeg.wav
plain -r 8000 -e gsm-full-rate 15-gsm610.wav
sox -D -B tone.wav -b 16 16-rifx-s16.wav
sox -D -B tone.wav -b 24 17-rifx-s24.wav
sndfile-convert -pcm24 six.wav 18-extensible-six-channels.wav
sox -D six.wav -b 24 19-extensible-sox.wav
ffmpeg -v error -y -i tone.wav -rf64 always 20-rf64.wav
sox -D tone.wav -r 11025 -b 16 21-11025-hz.wav
sox -D stereo.wav -r 192000 -b 32 -e floating-point 22-192-khz-f32.wav
ffmpeg -v error -y -i tone.wav -ar 8000 -c:a g726 23-g726.wav

# Headers as careless, hurried and killed writers leave them: NAME OFFSET BYTES (hexadecimal) changes a 44-byte header.
patch() { python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
for at, value in zip(sys.argv[3::2], sys.argv[4::2]):
    value = bytes.fromhex(value)
    data[int(at):int(at) + len(value)] = value
open(sys.argv[2], "wb").write(data)' "$@"; }
patch tone.wav 24-block-align-0.wav 32 0000
patch tone.wav 25-block-align-4.wav 32 0400
patch tone.wav 26-byte-rate-0.wav 28 00000000
patch tone.wav 27-length-ffffffff.wav 4 ffffffff 40 ffffffff
patch tone.wav 28-length-80000000.wav 4 24000080 40 00000080
patch tone.wav 29-length-7ffff000.wav 4 24f0ff7f 40 00f0ff7f
patch tone.wav 30-length-7fffffff.wav 4 ffffff7f 40 ffffff7f
patch tone.wav 31-length-0.wav 4 24000000 40 00000000
{ head -c 12 tone.wav; printf 'LIST\005\0\0\0abcde\0'; tail -c +13 tone.wav; } >32-odd-chunk.wav
{ cat tone.wav; printf 'id3 \004\0\0\0abcd'; } >33-chunk-behind.wav

flac -s -o 34-flac-s16.flac tone.wav
flac -s --keep-foreign-metadata -o 35-flac-s24-stereo.flac music.wav
flac -s -b 192 -o 36-flac-small-blocks.flac tone.wav
{ cat 34-flac-s16.flac; printf 'TAG%0125d' 0; } >37-flac-id3v1.flac
patch 34-flac-s16.flac 38-flac-min-block-0.flac 8 0000
{ printf 'ID3\004\0\0\0\000\010\000'; head -c 1024 /dev/zero; cat 34-flac-s16.flac; } >39-flac-id3v2.flac
head -c 3000000 /dev/zero >big.bin
flac -s --picture='3|application/octet-stream||1x1x24|big.bin' -o 40-flac-3-mb-picture.flac tone.wav

# Seconds that a program reads of a file, or a dash.
seconds() {
    case $1 in
    sox) sox "$2" -n stat 2>&1 | sed -n 's/^Length (seconds): *//p' ;;
    ffmpeg) ffmpeg -v error -i "$2" -f f64le -ac 1 -ar 8000 - 2>/dev/null | wc -c | awk '$1 > 0 { print $1 / 64000 }' ;;
    sndfile)
        rm -f out.wav
        sndfile-convert -pcm16 "$2" out.wav >/dev/null 2>&1 && soxi -D out.wav 2>/dev/null
        ;;
    polyspot) "$program" score --format jsonl "$2" 2>polyspot.err | sed -n 's/.*"event":"file".*"seconds":\([0-9.]*\).*/\1/p' ;;
    esac
}
# Within 30 ms, since blocks may be filled up.
is_whole() { awk -v s="${1:-0}" 'BEGIN { exit !(s > 0.97 && s < 1.03) }'; }

all=0 read=0 refused=0 failed=0
printf '%-34s %-5s %-6s %-8s %s\n' variant sox ffmpeg sndfile polyspot
for file in [0-9][0-9]-*; do
    row="" three=yes
    for reader in sox ffmpeg sndfile; do
        if is_whole "$(seconds $reader "$file")"; then row="$row yes"; else row="$row -" three=no; fi
    done
    ours=$(seconds polyspot "$file") && code=0
    if is_whole "$ours" && "$program" score "$file" >/dev/null 2>&1; then
        ours="yes ($ours s)" read=$((read + 1))
    else
        ours="- $(sed -n "s/^polyspot: [^ ]*: //p" polyspot.err | head -n 1)"
        case $ours in
        *"found WAV with "*"this converts it"*) refused=$((refused + 1)) ;;
        *) [ "$three" = no ] || failed=$((failed + 1)) ;;
        esac
    fi
    [ "$three" = no ] || all=$((all + 1))
    # shellcheck disable=SC2086 # three words
    printf '%-34s %-5s %-6s %-8s %s\n' "$file" $row "$ours"
done
echo "$all of 40 are read by all three; polyspot reads $read and refuses $refused by name; $failed fail"
[ "$failed" -eq 0 ]
