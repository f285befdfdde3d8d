#!/bin/sh
# Installs what is missing to build or to test Watchfire, and nothing else.
#
#   scripts/setup.sh run     what ./run needs: gcc, Meson and the libraries
#   scripts/setup.sh test    the same, and what ./test needs
#   scripts/setup.sh fuzz    the same, and what scripts/fuzz.sh needs
#   scripts/setup.sh analyse the same, and what ./test analyse needs
#   scripts/setup.sh list WHAT   prints the packages and their reasons, and changes nothing
#
# Says for each missing package what it is for. Needs root or sudo only if something is missing.
# Exit status 0: all there; 1: an installation failed; 2: wrong use, or not possible here.
# WATCHFIRE_NO_SETUP=1 skips the check, for systems that are set up in another way.
set -eu
export LC_ALL=C

# One line a package: who needs it first, its name in Debian 12, what for.
packages() {
    cat <<'END'
run gcc compiles the program
run libc6-dev the headers of the C library
run meson describes the build (brings ninja and Python)
run ninja-build runs the build
run pkgconf finds the libraries
run python3 runs Meson and the generator of the wire codec
run nanopb generates the wire codec from proto/ (brings the Protocol Buffers parser)
run libnanopb-dev the run time of the wire codec: bounded, without allocation
run libsleef-dev elementary functions with the same bits on every CPU
run libsodium-dev signatures, seals and hashes
run libbsd-dev asks for passphrases without echo
run libsqlite3-dev the durable journal
run libyaml-dev reads scenarios, policies and settings
run libjansson-dev JSON in and out
run libexpat1-dev XML in: labels
run libuv1-dev the event loop of a node, its sockets, timers and threads
run nodejs bundles the page
run npm fetches what the page is made with
run libmicrohttpd-dev serves the pages on this machine
run libcurl4-openssl-dev takes warnings to HTTPS addresses
run libnats-dev carries frames between nations
run libssl-dev reads when the certificates of a link end
run nats-server the server that does so, for ./run coalition
run openssl makes the certificates of such a server
test chromium the browser that the page is tested in
test fonts-noto-cjk Japanese and Korean letters, in pictures of the page
test libcmocka-dev runs the unit tests
test liberfa-dev astronomy's reference for time and geodesy, to test against
test libproj-dev cartography's reference for geodesics, to test against
test libxml2-utils xmllint, which validates warnings by the schema of CAP
test binutils nm, which shows what the pure archives call
test clang-format-14 checks the layout of the code
test clang the second compiler that must accept the code
test libclang-rt-14-dev the fuzzer that belongs to clang
test clang-19 measures which branches the tests reach, and MC/DC
test llvm-19 reads what it measured
test libclang-rt-19-dev the run time of that measurement
analyse clang-tidy-19 looks for mistakes on the paths through the code
analyse cppcheck looks for mistakes in another way
analyse valgrind follows each byte of memory while the program runs
END
}

say() {
    printf 'setup: %s\n' "$1"
}

die() {
    printf 'setup: %s\n' "$1" >&2
    exit 2
}

wanted() { # WHAT -> "package reason" lines
    case $1 in
    run) packages | sed -n 's/^run //p' ;;
    test | fuzz) packages | sed -n -e 's/^run //p' -e 's/^test //p' ;;
    analyse) packages | sed 's/^[a-z]* //' ;;
    *) die "what for? scripts/setup.sh run | test | fuzz | analyse" ;;
    esac
}

# A Node.js of another source serves as well, and Debian's might not install beside it.
brought() {
    for tool in node npm; do
        if command -v "$tool" >/dev/null; then
            [ "$tool" = npm ] || tool=nodejs
            printf '%s installed\n' "$tool"
        fi
    done
}

# The lines of `wanted` whose package is not installed; one call of dpkg-query for all.
missing() {
    wanted "$1" >"$work/wanted"
    # shellcheck disable=SC2046 # one argument a package is what is wanted
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(cut -d' ' -f1 "$work/wanted") \
        >"$work/known" 2>/dev/null || true
    brought >>"$work/known"
    awk 'FILENAME == ARGV[1] { if ($2 == "installed") { there[$1] = 1 } next } !($1 in there)' \
        "$work/known" "$work/wanted"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

if [ "${1:-}" = list ] && [ $# -eq 2 ]; then
    wanted "$2" | while read -r package reason; do
        printf '%-18s %s\n' "$package" "$reason"
    done
    exit 0
fi
[ $# -eq 1 ] || die "what for? scripts/setup.sh run | test | fuzz | analyse"
[ "${WATCHFIRE_NO_SETUP:-0}" = 0 ] || exit 0
wanted "$1" >/dev/null

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    printf 'setup: this is not Debian: install these (Debian 12 names) in the way of your system:\n'
    sh "$0" list "$1"
    die "then say so with WATCHFIRE_NO_SETUP=1 in the environment"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missing "$1" >"$work/missing"
[ -s "$work/missing" ] || exit 0

names=$(cut -d' ' -f1 "$work/missing" | tr '\n' ' ')
names=${names% }
say "these Debian packages are missing:"
while read -r package reason; do
    printf '  %-18s %s\n' "$package" "$reason"
done <"$work/missing"
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || { ! [ -t 0 ] && ! sudo -n true 2>/dev/null; }; then
        printf 'setup: to install them, run as root:\n' >&2
        printf '  apt-get update && apt-get install -y --no-install-recommends %s\n' "$names" >&2
        exit 2
    fi
fi

install_all() { # asks for no input, even where a package would
    # shellcheck disable=SC2086 # one argument a package
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $names </dev/null
}

say "installing (apt-get update, apt-get install --no-install-recommends)"
as_root apt-get update </dev/null >"$work/log" 2>&1 ||
    say "apt-get update had trouble; trying with the package lists that are there"
if ! install_all >>"$work/log" 2>&1; then
    tail -n 20 "$work/log" >&2
    printf 'setup: apt-get could not install: %s\n' "$names" >&2
    exit 1
fi
missing "$1" >"$work/missing"
if [ -s "$work/missing" ]; then
    printf 'setup: still missing after installation: %s\n' \
        "$(cut -d' ' -f1 "$work/missing" | tr '\n' ' ')" >&2
    exit 1
fi
say "done"
