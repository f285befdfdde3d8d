#include <uv.h>

#include "failing.h"

FAILING(int, uv_udp_init, UV_ENOMEM, (uv_loop_t * l, uv_udp_t *h), (l, h))
FAILING(int, uv_udp_bind, UV_EADDRINUSE, (uv_udp_t * h, const struct sockaddr *at, unsigned flags),
        (h, at, flags))
FAILING(int, uv_udp_recv_start, UV_EBADF, (uv_udp_t * h, uv_alloc_cb room, uv_udp_recv_cb take),
        (h, room, take))
FAILING(int, uv_udp_set_membership, UV_ENODEV,
        (uv_udp_t * h, const char *group, const char *at, uv_membership what), (h, group, at, what))
FAILING(int, uv_tcp_init, UV_ENOMEM, (uv_loop_t * l, uv_tcp_t *h), (l, h))
FAILING(int, uv_tcp_bind, UV_EADDRINUSE, (uv_tcp_t * h, const struct sockaddr *at, unsigned flags),
        (h, at, flags))
FAILING(int, uv_listen, UV_EADDRINUSE, (uv_stream_t * h, int waiting, uv_connection_cb each),
        (h, waiting, each))
FAILING(int, uv_read_start, UV_EINVAL, (uv_stream_t * h, uv_alloc_cb room, uv_read_cb take),
        (h, room, take))
