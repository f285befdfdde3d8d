/* Keys that cost nothing, so that there may be thousands of tries. */
#include <sodium.h>

#include "failing.h"

int __wrap_crypto_pwhash(unsigned char *out, unsigned long long size, const char *passphrase,
                         unsigned long long passphrase_size, const unsigned char *salt,
                         unsigned long long passes, size_t memory, int algorithm);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long size, const char *passphrase,
                         unsigned long long passphrase_size, const unsigned char *salt,
                         unsigned long long passes, size_t memory, int algorithm)
{
    (void)passes;
    (void)memory;
    (void)algorithm;
    return failing_now() ? -1
                         : crypto_generichash(out, (size_t)size, (const unsigned char *)passphrase,
                                              passphrase_size, salt, crypto_pwhash_SALTBYTES);
}
