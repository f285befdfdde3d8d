/* A release policy: what this nation gives to whom, at what precision. Default deny.
 *
 * A record goes to a partner only if its label names the partner AND some rule releases that kind
 * to it AND no rule withholds it. The first releasing rule that applies decides the precision. A
 * rule that names areas speaks of launches from there only; in doubt a releasing rule does not
 * apply and a withholding one does. Sensors that a partner may not have are left out before
 * anything is made for it: its tracks come from a view of the other sensors alone. */
#ifndef WATCHFIRE_SHARE_POLICY_H
#define WATCHFIRE_SHARE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/result.h"
#include "geo/frame.h"
#include "model/label.h"
#include "model/record.h"
#include "model/sensor.h"
#include "share/digest.h"

#define POLICY_RULES_MAX 32
#define POLICY_AREAS_MAX 8
#define POLICY_CORNERS_MAX 12
#define POLICY_GROUPS_MAX 8
#define POLICY_GROUP_SENSORS_MAX 16
#define POLICY_NAME_SIZE 48
/* Distinct sets of sensors that partners are left with, beside the set of all. */
#define POLICY_VIEWS_MAX 4
#define POLICY_ALL_SENSORS UINT32_MAX

enum policy_action {
    POLICY_WITHHOLD,
    POLICY_RELEASE,
    POLICY_WITHHOLD_SENSORS /* `to` gets nothing in which the sensors of the groups have a part */
};

enum policy_covariance {
    POLICY_COVARIANCE_OUTER_BOUND, /* never smaller than the true one, aligned to the trajectory */
    POLICY_COVARIANCE_EXACT        /* reveals sensor geometry */
};

/* A circle (one corner, its centre) or a polygon whose sides are straight on a map centred on the
 * launch. */
struct policy_area {
    char name[POLICY_NAME_SIZE];
    uint32_t corner_count; /* 1 = circle, or 3 to POLICY_CORNERS_MAX */
    struct geo_geodetic corners[POLICY_CORNERS_MAX];
    double radius_m; /* of a circle; 0 otherwise */
};

struct policy_group {
    char name[POLICY_NAME_SIZE];
    uint32_t sensor_count; /* at least 1 */
    struct sensor_id sensors[POLICY_GROUP_SENSORS_MAX];
};

struct policy_rule {
    char name[POLICY_NAME_SIZE]; /* for people: which rule decided */
    enum policy_action action;
    enum record_kind kind; /* unknown where sensors are withheld */
    uint32_t to_count;     /* 1 to LABEL_NATIONS_MAX */
    struct nation_id to[LABEL_NATIONS_MAX];
    enum classification classification_max; /* applies to records up to this; unknown = none */
    uint32_t areas;  /* bit i = launches from area i; 0 = from anywhere, known or not */
    uint32_t groups; /* bit i = group i: of POLICY_WITHHOLD_SENSORS */
    enum policy_covariance covariance; /* tracks only */
    double coarsen_position_m; /* 0 = none; else a fixed keyed offset of at most that, per track */
    double coarsen_time_s;     /* 0 = none; the same for times, keyed per event */
    double delay_s;            /* a record is released this long after it was made */
    uint32_t onward_count;     /* 0 = the partner may not pass it on */
    struct nation_id onward[LABEL_NATIONS_MAX];
};

struct policy {
    struct nation_id owner;
    uint32_t number;    /* 1, 2, 3, …: a lower one never replaces a higher; 0 = policy_none */
    struct label label; /* what the nation's own records are labelled with when they are made */
    uint32_t area_count;
    struct policy_area areas[POLICY_AREAS_MAX];
    uint32_t group_count;
    struct policy_group groups[POLICY_GROUPS_MAX];
    uint32_t rule_count;
    struct policy_rule rules[POLICY_RULES_MAX];
};

/* The policy of a nation that has not said anything yet: number 0, no rule, nothing goes. */
void policy_none(struct nation_id owner, struct policy *out);

/* ERR_RANGE if a value is missing, unknown, not finite or negative; *rule_out is then the number of
 * the rule, from 0, or POLICY_RULES_MAX if it is not in a rule. ERR_FULL if partners are left with
 * more than POLICY_VIEWS_MAX distinct sets of sensors. */
MUST_USE result policy_check(const struct policy *p, uint32_t *rule_out);

/* Which of the sensors may have a part in what goes to a nation: bit i = sensors[i]. At most 32. */
uint32_t policy_sensors(const struct policy *p, struct nation_id to, const struct sensor *sensors,
                        uint32_t count);

/* A group that names a sensor which is not among these, a slip that would keep nothing back:
 * its number and that sensor. False = all are known. */
bool policy_unknown_sensor(const struct policy *p, const struct sensor *sensors, uint32_t count,
                           uint32_t *group, struct sensor_id *sensor);

bool policy_rule_names(const struct policy_rule *rule, struct nation_id nation);

/* Room for the bytes of any policy. */
#define POLICY_BYTES_MAX 16384

/* The canonical bytes, which officers sign and the journal keeps; layout in policy_bytes.c.
 * ERR_FULL if they do not fit. */
MUST_USE result policy_encode(const struct policy *p, struct byte_writer *out);

/* Reads exactly one policy, in its one canonical form. ERR_FORMAT, or as policy_check. */
MUST_USE result policy_decode(struct bytes in, struct policy *out);

/* BLAKE2b-256 of the canonical bytes: what a successor cites. */
struct digest policy_digest(const struct policy *p);

/* What an officer signs: "watchfire/1/<domain>/policy", a NUL, the predecessor's digest, the
 * canonical bytes. */
MUST_USE result policy_signed_bytes(const struct policy *p, const char *domain,
                                    const struct digest *predecessor, struct byte_writer *out);

#endif
