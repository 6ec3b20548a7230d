#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs a fuzz target for a while, as a test: run.sh TARGET CORPUS SECONDS [OPTION]...
# New inputs go to a folder that is removed again, so the corpus stays as it is; an input that fails is left in the
# folder in which this is run.

set -eu
target=$1
corpus=$2
seconds=$3
shift 3

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$target" -max_total_time="$seconds" -print_final_stats=1 "$@" "$found" "$corpus"
