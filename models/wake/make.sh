#!/usr/bin/env bash
# Makes wake.onnx again: five wake words from their text, by five synthesisers, and its figures. Needs espeak-ng, a list of English words
# (Debian: wamerican), and what tools/scripts/{kokoro,old_voices}.py name.
#
# usage: models/wake/make.sh DATA KOKORO GAMES [WORK]
#   DATA    folder with en/, ar/, zh/, speech/, noise/ (each with train/ and dev/) and wake/dev/
#   KOKORO  folder that tools/scripts/kokoro.py --fetch has filled
#   GAMES   folder that models/games.py has filled
#   WORK    folder for what is made on the way (default: runs/wake)
#
# Half an hour on two cores beside other work, most of it Kokoro's takes.
set -euo pipefail
cd "$(dirname "$0")/../.."
usage='usage: models/wake/make.sh DATA KOKORO GAMES [WORK]'
data=$(realpath "${1:?$usage}")
kokoro="python3 tools/scripts/kokoro.py $(realpath "${2:?$usage}") {takes}"
games=$(realpath "${3:?$usage}")
work=${4:-runs/wake}
source models/common.sh

"$tools" word athena amelia computer 'hey computer' jarvis --language en-us --words /usr/share/dict/american-english \
  --ipa 'athena=əθˈiːnə,ɐθˈiːnə,æθˈiːnə' --ipa 'amelia=əmˈiːliə,əmˈiːljə,æmˈiːliə,ɐmˈiːliə' --takes 160 \
  --speaker "$kokoro" --speaker 'python3 tools/scripts/old_voices.py {takes}' --dev-speaker "$kokoro --held-out" \
  --speech "$data/speech" --speech "$games/game-speech" --speech "$data/en" --speech "$data/ar" --speech "$data/zh" \
  --noise "$data/noise" --noise "$games/game-sounds" "${negatives[@]}" \
  --card models/wake/card.json --out "$work/wake.onnx"
"$tools" evaluate "$work/wake.onnx" --data "$data/wake" "${negatives[@]}" --false-alarms-per-hour 1,0.2 --gain=-20,20 --json "$work/wake.json"
cp "$work/wake.onnx" models/wake/
