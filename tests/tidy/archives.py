"""What a pure archive may ask of the rest of the world, read with nm from the release build."""

import re
import subprocess

# Bit-identical arithmetic, memory, and what asserts and hardening bring.
ALWAYS = re.compile(
    r"""^(?: Sleef_cinz_\w*(?:purec|d2_u10sse2) | sqrt | fabs | floor
      | memcpy | memmove | memset | memcmp | memchr | __mem\w+_chk
      | strlen | strcmp | strncmp
      | __assert_fail | __stack_chk_fail | _GLOBAL_OFFSET_TABLE_ )$""",
    re.VERBOSE,
)
# The encoder and decoder of the wire, which work in the caller's memory.
# The library, and the message tables that its generator makes from our schema.
NANOPB = re.compile(r"^(pb_\w+|watchfire_v1_\w+_msg)$")
# libsodium's functions of their arguments alone: no random bytes, no keys made, no sealed boxes.
SODIUM = {
    "crypto_auth", "crypto_auth_verify",
    "crypto_auth_hmacsha256", "crypto_auth_hmacsha256_init", "crypto_auth_hmacsha256_update",
    "crypto_auth_hmacsha256_final", "crypto_auth_hmacsha256_verify",
    "crypto_generichash", "crypto_generichash_init", "crypto_generichash_update",
    "crypto_generichash_final", "crypto_generichash_statebytes",
    "crypto_generichash_blake2b", "crypto_generichash_blake2b_init",
    "crypto_generichash_blake2b_update", "crypto_generichash_blake2b_final",
    "crypto_generichash_blake2b_salt_personal", "crypto_generichash_blake2b_init_salt_personal",
    "crypto_hash_sha256", "crypto_hash_sha256_init", "crypto_hash_sha256_update",
    "crypto_hash_sha256_final",
    "crypto_kdf_derive_from_key", "crypto_shorthash",
    "crypto_sign_verify_detached", "crypto_sign_ed25519_verify_detached",
    "crypto_verify_16", "crypto_verify_32", "crypto_verify_64",
    "sodium_memcmp", "sodium_memzero", "sodium_is_zero",
}
# The formats may also allocate, read numbers, and build JSON and XML; they may not do I/O.
FORMATS = re.compile(
    r"""^(?: malloc | calloc | realloc | free | strdup | strndup
      | strchr | strrchr | strstr | strnlen | strcspn | strspn
      | (?:__isoc\d+_)? strto(?:d|l|ll|ul|ull) | __errno_location
      | snprintf | vsnprintf | __snprintf_chk | __vsnprintf_chk
      | XML_\w+ | json_(?!load_file|loadf|dump_file|dumpf|load_callback)\w+ )$""",
    re.VERBOSE,
)


def _nm(archive, *options):
    return subprocess.run(
        ["nm", *options, str(archive)], capture_output=True, text=True, check=True
    ).stdout


def undefined(archive):
    """(object, symbol) for each symbol that an object of the archive leaves to others."""
    found = []
    for line in _nm(archive, "-A", "-u").splitlines():
        where, _, symbol = line.rpartition(" U ")
        if symbol:
            found.append((where.split(":")[-2] if ":" in where else where, symbol.strip()))
    return found


def defined(archive):
    return {
        line.split()[-1]
        for line in _nm(archive, "-g", "--defined-only").splitlines()
        if len(line.split()) == 3
    }


def writable(archive):
    """(object, symbol) of each variable that can change after start, static or not."""
    found, member = [], ""
    for line in _nm(archive, "-f", "sysv").splitlines():
        head = re.match(r"(?:Symbols|Undefined symbols) from (?:.*\[)?([^\]:]+)", line)
        if head:
            member = head.group(1)
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and re.match(r"\.(?:data|bss|tdata|tbss)|\*COM\*", cells[6]):
            if not cells[6].startswith(".data.rel.ro") and cells[3] not in ("SECTION", "FILE"):
                found.append((member, cells[0]))
    return found


def allowed(room, symbol):
    base = ALWAYS.match(symbol) or NANOPB.match(symbol) or symbol in SODIUM
    return bool(base or (room == "formats" and FORMATS.match(symbol)))
