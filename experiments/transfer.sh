#!/usr/bin/env bash
# Compares the methods of adaptation on languages that the base has never heard: Arabic from a base of English and
# Mandarin, Mandarin from one of English and Arabic. Writes transfer.csv, .md and .svg beside this script.
#
# usage: experiments/transfer.sh DATA [WORK]
#   as models/make.sh
#
# About an hour and a half on two free cores; an interrupted run goes on, a row at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$(realpath "${1:?usage: experiments/transfer.sh DATA [WORK]}")
work=$(realpath -m "${2:-runs}")
source models/common.sh
voices words languages

base "$work/en_zh.safetensors" 12 en zh
base "$work/en_ar.safetensors" 12 en ar
# The plan names its bases as files of the current folder.
tools=$(realpath "$tools")
here=$(realpath experiments)
cd "$work"
"$tools" sweep "$here/transfer.json" --data "$data" --out "$here/transfer.csv"
