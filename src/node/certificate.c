#include "node/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "node/regular_file.h"

static bool end_of(const X509 *certificate, int64_t *out)
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    const bool read = epoch != NULL &&
                      ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1;
    ASN1_TIME_free(epoch);
    *out = (int64_t)days * 86400 + seconds;
    return read;
}

bool certificate_end(const char *path, int64_t *out)
{
    FILE *file = regular_file_stream(path);
    int64_t end = INT64_MAX;
    X509 *certificate = NULL;
    while (file != NULL && (certificate = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        int64_t one = 0;
        if (end_of(certificate, &one) && one < end) {
            end = one;
        }
        X509_free(certificate);
    }
    ERR_clear_error(); /* that the file has ended is one */
    if (file != NULL) {
        (void)fclose(file);
    }
    *out = end < INT64_MAX ? end : *out;
    return end < INT64_MAX;
}
