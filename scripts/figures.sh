#!/bin/sh
# Measures the figures of docs/figures.md and writes them there: ./test figures
set -eu
cd "$(dirname "$0")/.."
exec python3 scripts/figures.py "$@"
