#include <nats/nats.h>

#include "failing.h"

FAILING(natsStatus, natsOptions_Create, NATS_NO_MEMORY, (natsOptions * *out), (out))
FAILING(natsStatus, natsOptions_SetURL, NATS_NO_MEMORY, (natsOptions * o, const char *url),
        (o, url))
FAILING(natsStatus, natsOptions_SetAllowReconnect, NATS_NO_MEMORY, (natsOptions * o, bool on),
        (o, on))
FAILING(natsStatus, natsOptions_SetTimeout, NATS_NO_MEMORY, (natsOptions * o, int64_t ms), (o, ms))
FAILING(natsStatus, natsOptions_SetWriteDeadline, NATS_NO_MEMORY, (natsOptions * o, int64_t ms),
        (o, ms))
FAILING(natsStatus, natsOptions_SetPingInterval, NATS_NO_MEMORY, (natsOptions * o, int64_t ms),
        (o, ms))
FAILING(natsStatus, natsOptions_SetIgnoreDiscoveredServers, NATS_NO_MEMORY,
        (natsOptions * o, bool on), (o, on))
FAILING(natsStatus, natsOptions_DisableNoResponders, NATS_NO_MEMORY, (natsOptions * o, bool on),
        (o, on))
FAILING(natsStatus, natsOptions_SetNoEcho, NATS_NO_MEMORY, (natsOptions * o, bool on), (o, on))
FAILING(natsStatus, natsOptions_SetSendAsap, NATS_NO_MEMORY, (natsOptions * o, bool on), (o, on))
FAILING(natsStatus, natsOptions_SetName, NATS_NO_MEMORY, (natsOptions * o, const char *name),
        (o, name))
FAILING(natsStatus, natsOptions_SetSecure, NATS_NO_MEMORY, (natsOptions * o, bool on), (o, on))
FAILING(natsStatus, natsOptions_LoadCATrustedCertificates, NATS_NO_MEMORY,
        (natsOptions * o, const char *path), (o, path))
FAILING(natsStatus, natsOptions_LoadCertificatesChain, NATS_NO_MEMORY,
        (natsOptions * o, const char *chain, const char *key), (o, chain, key))
FAILING(natsStatus, natsOptions_SetExpectedHostname, NATS_NO_MEMORY,
        (natsOptions * o, const char *name), (o, name))
FAILING(natsStatus, natsOptions_SetNKey, NATS_NO_MEMORY,
        (natsOptions * o, const char *key, natsSignatureHandler handler, void *context),
        (o, key, handler, context))
