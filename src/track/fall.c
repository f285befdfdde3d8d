#include "track/fall.h"

#include "base/elementary.h"
#include "track/batch.h"
#include "track/lift.h"

enum { CELLS = ESTIMATE_CELLS };

#define AIR_M 100e3
/* What flies slower than this may be an aircraft; what has begun to fall may slow down to that. */
#define FALL_MPS_MIN 1000.0
#define FALL_ON_MPS_MIN 700.0
/* Of the manoeuvre, when nothing speaks for it. */
#define MANOEUVRE_PROBABILITY 0.01
/* What lift is taken for none, with two and a half sigma. */
#define LIFT_LIMIT_MPS2 12.0
/* And what evidence from a batch confirms a manoeuvre. */
#define CONFIRMED_EVIDENCE 4.0
/* So much needs no confirmation if no ballistic way is found at all. A ballistic coefficient of
 * 100 kg/m², far from the expected, reached 30. */
#define OVERWHELMING_EVIDENCE 60.0

/* On the way down into the air the manoeuvre takes the place of boost, and back if it climbs out
 * of it again. */
void fall_follow_height(struct filter *f, struct filter_memory *memory)
{
    double height_m = 0.0;
    double rate_mps = 0.0;
    estimate_height(&f->coast, &height_m, &rate_mps);
    const double *v = f->coast.x + 3;
    const double speed_mps = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const bool was_in_air = f->in_air;
    f->in_air = height_m < AIR_M && (was_in_air ? speed_mps > FALL_ON_MPS_MIN
                                                : speed_mps > FALL_MPS_MIN && rate_mps < 0.0);
    if (f->in_air && !was_in_air) {
        registration_apply(&f->registration, &f->coast, &f->boost);
        f->boost_probability = MANOEUVRE_PROBABILITY;
        f->against_ballistic = 0.0;
        manoeuvre_test_init(&memory->manoeuvre);
    }
}

/* The test of manoeuvres goes the way of the ballistic estimate since the last observation, and
 * hears one that `next` has not used yet. Late ones tell it nothing. */
void fall_test(const struct filter *next, struct filter_memory *memory,
               const struct measure_site *sites, uint8_t site, const struct observation *o)
{
    struct manoeuvre_test *test = &memory->manoeuvre;
    if (next->mode != FILTER_BALLISTIC || !next->in_air ||
        instant_before(o->validity, next->time)) {
        return;
    }
    const double dt_s = instant_is_set(test->time) ? instant_since_s(next->time, test->time) : 0.0;
    struct estimate e = next->coast;
    double transition[CELLS];
    double biases[MEASURE_BIASES];
    estimate_move(ESTIMATE_BALLISTIC, e.x, -dt_s, NULL);
    estimate_move(ESTIMATE_BALLISTIC, e.x, dt_s, transition);
    manoeuvre_test_predict(test, dt_s, transition);
    test->time = next->time;
    registration_apply(&next->registration, &next->coast, &e);
    registration_believed(&next->registration, site, biases);
    manoeuvre_test_observe(test, &e, &sites[site], biases, o);
}

/* The evidence for a manoeuvre since `onset` from all observations since a while before it, and
 * their ballistic fit; ERR_NUMERIC if there is none. A long while tells more, but not of what the
 * air has already all but stopped. */
static result confirm(const struct filter *f, const struct filter_memory *memory,
                      const struct measure_site *sites, const struct manoeuvre_onset *onset,
                      struct filter *fitted, double *evidence)
{
    static const double before_s[] = {60.0, 20.0, 6.0};
    struct estimate start;
    registration_apply(&f->registration, &f->coast, &start);
    for (size_t i = 0; i < sizeof before_s / sizeof before_s[0]; i++) {
        const struct instant begun = instant_plus_s(f->time, -onset->age_s);
        struct instant from = instant_plus_s(begun, -before_s[i]);
        from = instant_before(from, filter_oldest(memory)) ? filter_oldest(memory) : from;
        const struct lift_question q = {memory, sites, f->time, from, begun};
        double excess = 0.0;
        fitted->coast = start;
        fitted->coast_from = from;
        if (batch_nearest(memory, sites, ESTIMATE_BALLISTIC, f->time, from, &fitted->coast,
                          &fitted->registration, NULL, &excess) == OK &&
            lift_evidence(&q, &fitted->coast, evidence) == OK) {
            return OK;
        }
    }
    return ERR_NUMERIC;
}

/* The onset at which a manoeuvre is certain to have begun. The filter is linear in the logarithm of
 * the ballistic coefficient, and one far from the expected looks like a manoeuvre until it is
 * learnt. So a fit of all observations of the last while, which finds it wherever it is, has the
 * last word: if it speaks for the ballistic way, it takes the place of the estimate. */
static const struct manoeuvre_onset *find_manoeuvre(struct filter *f, struct filter_memory *memory,
                                                    const struct measure_site *sites)
{
    const struct manoeuvre_onset *onset = manoeuvre_test_passed(&memory->manoeuvre);
    struct filter fitted = *f;
    double evidence = 0.0;
    if (onset == NULL) {
        return NULL;
    }
    if (confirm(f, memory, sites, onset, &fitted, &evidence) != OK) {
        return onset->evidence > OVERWHELMING_EVIDENCE ? onset : NULL;
    }
    if (evidence < 0.0) {
        *f = fitted;
        manoeuvre_test_init(&memory->manoeuvre);
    }
    return evidence > CONFIRMED_EVIDENCE ? onset : NULL;
}

/* Gives up the ballistic estimate if the observations say so. */
void fall_declare(struct filter *f, struct filter_memory *memory, const struct measure_site *sites)
{
    const struct manoeuvre_onset *onset = f->in_air ? find_manoeuvre(f, memory, sites) : NULL;
    if (onset == NULL) {
        return;
    }
    f->mode = FILTER_MANOEUVRING;
    f->flagged = f->time;
    registration_apply(&f->registration, &f->coast, &f->boost);
    manoeuvre_correct(onset, &f->boost);
    f->registration.count = 0;
}

/* What manoeuvred falls again: the observations of the last seconds fit a ballistic way, and bound
 * the lift. Poor sensors need more of them. */
void fall_try_again(struct filter *f, struct filter_memory *memory,
                    const struct measure_site *sites)
{
    static const double spans_s[] = {8.0, 12.0, 18.0, 27.0};
    for (size_t i = 0; i < sizeof spans_s / sizeof spans_s[0]; i++) {
        const struct instant from = instant_plus_s(f->time, -spans_s[i]);
        struct estimate fit = f->boost;
        struct registration found;
        const struct lift_question q = {memory, sites, f->time, from, from};
        if (instant_before(from, f->flagged) || instant_before(from, filter_oldest(memory)) ||
            batch_fit(memory, sites, ESTIMATE_BALLISTIC, f->time, from, &fit, &found, NULL) != OK ||
            !lift_is_bounded(&q, &fit, LIFT_LIMIT_MPS2)) {
            continue;
        }
        f->mode = FILTER_BALLISTIC;
        f->coast = fit;
        f->coast_from = from;
        f->registration = found;
        f->boost_probability = MANOEUVRE_PROBABILITY;
        manoeuvre_test_init(&memory->manoeuvre);
        return;
    }
}
