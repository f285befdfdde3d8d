#!/bin/sh
# Certificates for the servers that carry sealed frames, by the openssl command line.
#
# Whoever owns a server has a private authority of his own for it: it names the server, and the
# nations that may knock at it. A private key never leaves the machine on which it was made: its
# owner sends the request (.csr), and gets the certificate (.pem) back.
set -eu

usage() {
    cat <<'END'
Usage: deploy/certificates.sh authority FOLDER NAME
           makes a private authority: FOLDER/ca.key (guard it, offline if you can) and FOLDER/ca.pem
       deploy/certificates.sh request FOLDER NAME
           makes a private key FOLDER/NAME.key and the request FOLDER/NAME.csr to send away
       deploy/certificates.sh client AUTHORITY-FOLDER FILE.csr
           the authority signs a nation's request: FILE.pem
       deploy/certificates.sh server AUTHORITY-FOLDER FILE.csr HOST...
           the same for a server; HOST is each name or IPv4 address that nations use for it
       deploy/certificates.sh show FILE.pem
           whom it names, by whom, and until when

Nothing is ever overwritten. An authority lasts 10 years, a certificate 400 days (or DAYS from the
environment). Exit status 0: done; 1: openssl failed; 2: wrong use.
END
}

die() {
    printf 'certificates: %s\n' "$1" >&2
    exit 2
}

absent() { # FILE...
    for file in "$@"; do
        [ ! -e "$file" ] || die "$file exists already, and is not overwritten"
    done
}

present() { # FILE...
    for file in "$@"; do
        [ -r "$file" ] || die "$file cannot be read"
    done
}

plain() { # a name that may stand in a file name and in a certificate
    case $1 in
    '' | *[!A-Za-z0-9._-]*) die "'$1': a name has letters, digits, '.', '_' and '-' only" ;;
    esac
}

run() { # openssl, silent unless it fails
    if ! openssl "$@" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        printf 'certificates: openssl %s failed\n' "$1" >&2
        exit 1
    fi
}

new_key() { # FILE
    (umask 077 && run genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1")
}

authority() { # FOLDER NAME
    plain "$2"
    mkdir -p "$1"
    absent "$1/ca.key" "$1/ca.pem"
    new_key "$1/ca.key"
    run req -x509 -new -sha256 -key "$1/ca.key" -days 3650 -subj "/CN=$2 server authority" \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$1/ca.pem"
}

request() { # FOLDER NAME
    plain "$2"
    mkdir -p "$1"
    absent "$1/$2.key" "$1/$2.csr"
    new_key "$1/$2.key"
    run req -new -sha256 -key "$1/$2.key" -subj "/CN=$2" -out "$1/$2.csr"
}

# What a request asks for beyond its name and key is ignored: the authority decides.
sign() { # AUTHORITY-FOLDER FILE.csr EXTENSIONS
    case $2 in
    *.csr) ;;
    *) die "$2: expected a request that ends in .csr" ;;
    esac
    out=${2%.csr}.pem
    present "$1/ca.key" "$1/ca.pem" "$2"
    absent "$out"
    run req -in "$2" -verify -noout
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$3" \
        >"$work/extensions"
    run x509 -req -sha256 -in "$2" -CA "$1/ca.pem" -CAkey "$1/ca.key" \
        -set_serial "0x$(openssl rand -hex 16)" -days "${DAYS:-400}" \
        -extfile "$work/extensions" -out "$out"
}

names() { # HOST... -> the subjectAltName of a server
    list=
    for host in "$@"; do
        plain "$host"
        case $host in
        *[!0-9.]*) list="$list,DNS:$host" ;;
        *) list="$list,IP:$host" ;;
        esac
    done
    printf '%s' "${list#,}"
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
esac
command -v openssl >/dev/null || die "openssl is missing: apt-get install openssl"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
what=${1:-}
[ $# -eq 0 ] || shift
case $what:$# in
authority:2) authority "$1" "$2" ;;
request:2) request "$1" "$2" ;;
client:2) sign "$1" "$2" 'extendedKeyUsage=clientAuth' ;;
server:[3-9])
    folder=$1
    file=$2
    shift 2
    sign "$folder" "$file" "extendedKeyUsage=serverAuth
subjectAltName=$(names "$@")"
    ;;
show:1)
    present "$1"
    openssl x509 -in "$1" -noout -subject -issuer -enddate -ext extendedKeyUsage,subjectAltName
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
