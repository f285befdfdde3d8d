#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "failing.h"

static int error(int why)
{
    errno = why;
    return -1;
}

FAILING(int, pthread_create, EAGAIN,
        (pthread_t * out, const pthread_attr_t *a, void *(*run)(void *), void *context),
        (out, a, run, context))
FAILING(int, eventfd, error(EMFILE), (unsigned value, int flags), (value, flags))
FAILING(int, socket, error(EMFILE), (int domain, int type, int protocol), (domain, type, protocol))
