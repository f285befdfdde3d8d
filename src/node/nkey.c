#include "node/nkey.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "node/regular_file.h"

#define PREFIX_SEED (18u << 3)
#define PREFIX_USER (20u << 3)
#define PUBLIC_BYTES (1 + 32 + 2)
#define SEED_BYTES (2 + 32 + 2)
#define FILE_BYTES_MAX 4096

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* CRC-16/XMODEM: polynomial 0x1021, from 0, highest bit first. */
static uint16_t crc16(const uint8_t *data, size_t size)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)data[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000u) != 0 ? (crc << 1 ^ 0x1021u) : crc << 1;
        }
        crc &= 0xffffu;
    }
    return (uint16_t)crc;
}

static void append_crc(uint8_t *data, size_t size)
{
    const uint16_t crc = crc16(data, size);
    data[size] = (uint8_t)(crc & 0xffu);
    data[size + 1] = (uint8_t)(crc >> 8);
}

/* RFC 4648, 6, without padding; NUL-terminated. */
static void encode(const uint8_t *data, size_t size, char *out)
{
    uint32_t bits = 0;
    uint32_t count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | data[i];
        count += 8;
        while (count >= 5) {
            *out++ = alphabet[bits >> (count - 5) & 31u];
            count -= 5;
        }
        bits &= (1u << count) - 1;
    }
    if (count > 0) {
        *out++ = alphabet[bits << (5 - count) & 31u];
    }
    *out = '\0';
}

/* Exactly `size` bytes from the text, or false; bits that are left over must be zero. */
static bool decode(const char *text, uint8_t *out, size_t size)
{
    if (strlen(text) != (size * 8 + 4) / 5) {
        return false;
    }
    uint32_t bits = 0;
    uint32_t count = 0;
    for (; *text != '\0'; text++) {
        const char *at = strchr(alphabet, *text);
        if (at == NULL) {
            return false;
        }
        bits = bits << 5 | (uint32_t)(at - alphabet);
        count += 5;
        if (count >= 8) {
            *out++ = (uint8_t)(bits >> (count - 8));
            count -= 8;
        }
        bits &= (1u << count) - 1;
    }
    return bits == 0;
}

void nkey_from_seed(const uint8_t seed[32], struct nkey *out)
{
    uint8_t public[PUBLIC_BYTES];
    crypto_sign_seed_keypair(public + 1, out->secret, seed);
    public[0] = PREFIX_USER;
    append_crc(public, PUBLIC_BYTES - 2);
    encode(public, PUBLIC_BYTES, out->text);
    assert(strlen(out->text) == NKEY_PUBLIC_TEXT - 1);
}

result nkey_from_text(const char *text, struct nkey *out)
{
    uint8_t seed[SEED_BYTES] = {0};
    bool good = decode(text, seed, SEED_BYTES);
    good =
        good && seed[0] == (PREFIX_SEED | PREFIX_USER >> 5) && seed[1] == (PREFIX_USER & 31) << 3;
    if (good) {
        const uint16_t crc = crc16(seed, SEED_BYTES - 2);
        good = seed[SEED_BYTES - 2] == (crc & 0xffu) && seed[SEED_BYTES - 1] == crc >> 8;
    }
    if (good) {
        nkey_from_seed(seed + 2, out);
    }
    sodium_memzero(seed, sizeof seed);
    return good ? OK : ERR_FORMAT;
}

void nkey_seed_text(const struct nkey *key, char out[NKEY_SEED_TEXT])
{
    uint8_t seed[SEED_BYTES] = {PREFIX_SEED | PREFIX_USER >> 5, (PREFIX_USER & 31) << 3};
    crypto_sign_ed25519_sk_to_seed(seed + 2, key->secret);
    append_crc(seed, SEED_BYTES - 2);
    encode(seed, SEED_BYTES, out);
    sodium_memzero(seed, sizeof seed);
}

void nkey_forget(struct nkey *key)
{
    sodium_memzero(key, sizeof *key);
}

/* The file's text, NUL-terminated. Who may read it is asked of the open file, so that
 * nobody can exchange it in between. */
static result read_private(const char *path, char message[NKEY_MESSAGE_MAX],
                           char out[FILE_BYTES_MAX])
{
    const int fd = regular_file_open(path);
    if (fd < 0) {
        const int why = errno;
        snprintf(message, NKEY_MESSAGE_MAX, "%s: the NKey cannot be read: %s", path,
                 why == EINVAL ? "not a file" : strerror(why));
        return why == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    struct stat about;
    result done = fstat(fd, &about) == 0 ? OK : ERR_IO;
    ssize_t got = 0;
    if (done != OK) {
        snprintf(message, NKEY_MESSAGE_MAX, "%s: the NKey cannot be read: %s", path,
                 strerror(errno));
    } else if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        snprintf(message, NKEY_MESSAGE_MAX,
                 "%s: others may read this secret (mode %03o); run: chmod 600 %s", path,
                 (unsigned)(about.st_mode & 0777), path);
        done = ERR_DENIED;
    } else {
        got = read(fd, out, FILE_BYTES_MAX - 1);
        if (got < 0) {
            snprintf(message, NKEY_MESSAGE_MAX, "%s: the NKey cannot be read: %s", path,
                     strerror(errno));
            done = ERR_IO;
        } else if (got == FILE_BYTES_MAX - 1 || memchr(out, '\0', (size_t)got) != NULL) {
            snprintf(message, NKEY_MESSAGE_MAX,
                     "%s: no text of less than %d bytes: expected one line with the seed of a "
                     "user's NKey",
                     path, FILE_BYTES_MAX - 1);
            done = ERR_FORMAT;
        }
    }
    close(fd);
    out[got > 0 ? got : 0] = '\0';
    return done;
}

static result refuse(const char *path, unsigned line, const char *why,
                     char message[NKEY_MESSAGE_MAX])
{
    snprintf(message, NKEY_MESSAGE_MAX,
             "%s:%u: %s: expected one line with the seed of a user's NKey, 58 letters and digits "
             "that begin with SU",
             path, line, why);
    return ERR_FORMAT;
}

static result parse_file(const char *path, char *text, char message[NKEY_MESSAGE_MAX],
                         struct nkey *out)
{
    unsigned number = 0;
    bool found = false;
    char *rest = text;
    while (rest != NULL && *rest != '\0') {
        char *line = rest;
        rest = strchr(line, '\n');
        if (rest != NULL) {
            *rest++ = '\0';
        }
        number++;
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (found) {
            return refuse(path, number, "a second key", message);
        }
        if (nkey_from_text(line, out) != OK) {
            return refuse(path, number, "this is none, or it was mistyped", message);
        }
        found = true;
    }
    return found ? OK : refuse(path, number + 1, "the file ends", message);
}

result nkey_read(const char *path, char message[NKEY_MESSAGE_MAX], struct nkey *out)
{
    char text[FILE_BYTES_MAX];
    struct nkey key;
    result done = read_private(path, message, text);
    done = done != OK ? done : parse_file(path, text, message, &key);
    if (done == OK) {
        *out = key;
    }
    sodium_memzero(text, sizeof text);
    nkey_forget(&key);
    return done;
}

result nkey_write(const char *path, const struct nkey *key, char message[NKEY_MESSAGE_MAX])
{
    char text[256];
    char seed[NKEY_SEED_TEXT];
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        snprintf(message, NKEY_MESSAGE_MAX, "%s: the NKey cannot be written: %s", path,
                 strerror(errno));
        return errno == EEXIST ? ERR_STATE : ERR_IO;
    }
    nkey_seed_text(key, seed);
    const int size = snprintf(text, sizeof text,
                              "# Secret. Opens the server's door to whoever is named\n# %s\n%s\n",
                              key->text, seed);
    const bool good = write(fd, text, (size_t)size) == size && fsync(fd) == 0;
    if (!good) {
        snprintf(message, NKEY_MESSAGE_MAX, "%s: the NKey cannot be written: %s", path,
                 strerror(errno));
        (void)unlink(path);
    }
    close(fd);
    sodium_memzero(text, sizeof text);
    sodium_memzero(seed, sizeof seed);
    return good ? OK : ERR_IO;
}
