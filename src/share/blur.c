#include "share/blur.h"

#include "base/elementary.h"
#include "base/matrix.h"

enum { DIM = 6, PARTS = 4 };

/* One step of the bound's grid: half of ln 2. */
#define LN_SIZE_MAX 0.34657359027997264
#define SIZE_S 64

/* How long each part stays, s; 0 = for ever. */
static const int64_t part_s[PARTS] = {1, 8, 64, 0};

/* A number in (0, 1) of four bytes of a digest. */
static double uniform(const struct digest *d, int which)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value = value << 8 | d->bytes[4 * which + i];
    }
    return ((double)value + 0.5) / 4294967296.0;
}

struct outer_bound_sizes blur_sizes(const struct digest_key *key, uint64_t track,
                                    struct instant time)
{
    uint8_t whose[8];
    uint8_t when[8];
    const struct digest d =
        digest_keyed(key, "size", digest_number(track, whose),
                     digest_number((uint64_t)(time.tai_ns / (SIZE_S * NS_PER_S)), when));
    return (struct outer_bound_sizes){elementary_exp(LN_SIZE_MAX * uniform(&d, 0)),
                                      elementary_exp(LN_SIZE_MAX * uniform(&d, 1)),
                                      elementary_exp(LN_SIZE_MAX * uniform(&d, 2))};
}

/* Six standard normal numbers (Box and Muller, 1958). */
static void draw(const struct digest_key *key, uint64_t track, int part, struct instant time,
                 double out[DIM])
{
    uint8_t whose[8];
    uint8_t when[8];
    const int64_t length_ns = part_s[part] * NS_PER_S;
    const uint64_t number = length_ns == 0 ? 0 : (uint64_t)(time.tai_ns / length_ns);
    const struct digest d = digest_keyed(key, "blur", digest_number(track, whose),
                                         digest_number(number * PARTS + (uint64_t)part, when));
    for (int i = 0; i < DIM; i += 2) {
        const double radius = sqrt(-2.0 * elementary_log(uniform(&d, i)));
        const double angle = 2.0 * PI * uniform(&d, i + 1);
        out[i] = radius * elementary_cos(angle);
        out[i + 1] = radius * elementary_sin(angle);
    }
}

result blur_state(const struct digest_key *key, uint64_t track, struct instant time,
                  const double covariance[36], const double bound[36], struct geo_ecef *position,
                  struct geo_velocity *velocity)
{
    double unit[DIM];
    double room[DIM * DIM];
    double l[DIM * DIM];
    /* In units in which the diagonal of the bound is one. */
    for (int i = 0; i < DIM; i++) {
        ENSURE(bound[i * DIM + i] > 0.0, ERR_NUMERIC);
        unit[i] = sqrt(bound[i * DIM + i]);
    }
    for (int i = 0; i < DIM * DIM; i++) {
        room[i] = (bound[i] - covariance[i]) / (unit[i / DIM] * unit[i % DIM]);
    }
    TRY(matrix_cholesky(room, l, DIM));
    double z[DIM] = {0};
    for (int part = 0; part < PARTS; part++) {
        double drawn[DIM];
        draw(key, track, part, time, drawn);
        for (int i = 0; i < DIM; i++) {
            z[i] += drawn[i] / sqrt((double)PARTS);
        }
    }
    double error[DIM] = {0};
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k <= i; k++) {
            error[i] += unit[i] * l[i * DIM + k] * z[k];
        }
    }
    position->x_m += error[0];
    position->y_m += error[1];
    position->z_m += error[2];
    velocity->x_mps += error[3];
    velocity->y_mps += error[4];
    velocity->z_mps += error[5];
    return OK;
}
