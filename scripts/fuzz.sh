#!/bin/sh
# scripts/fuzz.sh MINUTES: every fuzz target under libFuzzer, MINUTES in all; for `./test fuzz`.
#
# Builds with clang into build-fuzz, where also the inputs are kept that reached new code
# (build-fuzz/corpus) and those that broke something (build-fuzz/found); the next run starts from
# the first. Words of a format are taken from tests/fuzz/dictionaries, where there is one. Prints for
# each target its executions, executions a second and the edges of the code that it reached. Exit status: 0 nothing found, 1 something found, 2 wrong use.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
'' | *[!0-9]* | 0*)
    echo "usage: ./test fuzz MINUTES (a whole number from 1 up)" >&2
    exit 2
    ;;
esac

build=build-fuzz
if [ ! -f $build/build.ninja ]; then
    CC=clang meson setup $build -Dfuzz=true -Dtests=false --buildtype=debugoptimized >/dev/null
fi

names=
for seeds in tests/fuzz/corpus/*/; do
    names="$names $(basename "$seeds")"
done
programs=
count=0
for name in $names; do
    programs="$programs tests/fuzz/libfuzzer_$name"
    count=$((count + 1))
done
# shellcheck disable=SC2086 # a list of words
ninja -C $build $programs >$build/fuzz-build.log || {
    cat $build/fuzz-build.log
    exit 2
}

seconds=$(($1 * 60 / count))
[ $seconds -gt 0 ] || seconds=1
status=0
total=0
echo "$count targets, $seconds s each"
for name in $names; do
    log=$build/fuzz-$name.log
    mkdir -p "$build/corpus/$name" "$build/found/$name"
    outcome=ok
    dictionary=tests/fuzz/dictionaries/$name
    words=
    [ ! -f "$dictionary" ] || words=-dict=$dictionary
    # shellcheck disable=SC2086 # no word at all if there is no dictionary
    "$build/tests/fuzz/libfuzzer_$name" -max_total_time=$seconds -timeout=10 -rss_limit_mb=1024 \
        -max_len=4096 $words -print_final_stats=1 -artifact_prefix="$build/found/$name/" \
        "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 || outcome=FAILED
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    total=$((total + ${executions:-0}))
    echo "$name: $outcome, ${executions:-?} executions, ${rate:-?} a second, ${edges:-?} edges"
    if [ $outcome = FAILED ]; then
        status=1
        grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$log" || tail -n 20 "$log"
    fi
done
echo "$total executions in all"
exit $status
