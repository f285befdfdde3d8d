#include "cli/keys_print.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/json_out.h"
#include "node/key_trust.h"

#define HOUR_S 3600.0
#define DAY_S 86400.0
/* From here on the end is worth a warning. */
#define SOON_DAYS 14.0

static const char *state_text(const struct key_entry *k, struct instant now)
{
    if (instant_is_set(k->revoked) && !instant_before(now, k->revoked)) {
        return "revoked";
    }
    if (instant_before(now, k->from)) {
        return "not yet";
    }
    return instant_before(now, k->until) ? "counts" : "expired";
}

/* "in 12 days", "in 5 hours". */
static const char *distance(double s, char *out, size_t size)
{
    const bool days = s >= 2.0 * DAY_S;
    const bool hours = s >= 2.0 * HOUR_S;
    (void)snprintf(out, size, "in %.0f %s",
                   days    ? s / DAY_S
                   : hours ? s / HOUR_S
                           : s / 60.0,
                   days    ? "days"
                   : hours ? "hours"
                           : "minutes");
    return out;
}

static void print_key(const struct key_entry *k, struct instant now)
{
    char hex[KEY_FINGERPRINT_TEXT_SIZE];
    char from[UTC_TEXT_SIZE];
    char until[UTC_TEXT_SIZE];
    char revoked[UTC_TEXT_SIZE];
    const bool is_revoked = instant_is_set(k->revoked);
    (void)printf("  %.16s  %-10s  %-8s  %s to %s%s%s%s%s\n", key_fingerprint_text(k->key, hex),
                 key_use_text(k->use), state_text(k, now), utc_format(k->from, 0, from),
                 utc_format(k->until, 0, until), k->name[0] != '\0' ? "  " : "", k->name,
                 is_revoked ? "  revoked " : "",
                 is_revoked ? utc_format(k->revoked, 0, revoked) : "");
}

static void print_end(const struct key_list *list, enum key_use use, struct instant now)
{
    char text[32];
    const struct instant end = key_list_last(list, use, now);
    if (!instant_is_set(end)) {
        (void)printf("No %s key counts: %s. Run watchfire keys rotate.\n", key_use_text(use),
                     use == KEY_SIGNING ? "nothing can leave" : "no checkpoint can be signed");
    } else if (instant_since_s(end, now) < SOON_DAYS * DAY_S) {
        (void)printf("The last %s key ends %s: run watchfire keys rotate.\n", key_use_text(use),
                     distance(instant_since_s(end, now), text, sizeof text));
    }
}

static void print_officers(const struct key_list *list, struct instant now)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct key_entry *k = &list->keys[i];
        char text[32];
        if (key_entry_counts(k, KEY_OFFICER, now) &&
            instant_since_s(k->until, now) < SOON_DAYS * DAY_S) {
            (void)printf("The key of officer %s ends %s.\n", k->name,
                         distance(instant_since_s(k->until, now), text, sizeof text));
        }
    }
}

static void print_text(const uint8_t root[KEY_BYTES], const struct key_list *list,
                       struct instant now)
{
    char hex[KEY_FINGERPRINT_TEXT_SIZE];
    char made[UTC_TEXT_SIZE];
    (void)printf("%s, %s: key list %llu, made %s\nRoot: %s\n", list->nation.code,
                 domain_text(list->domain), (unsigned long long)list->number,
                 utc_format(list->made, 0, made), key_fingerprint_text(root, hex));
    for (uint32_t i = 0; i < list->count; i++) {
        print_key(&list->keys[i], now);
    }
    print_end(list, KEY_SIGNING, now);
    print_end(list, KEY_CHECKPOINT, now);
    print_officers(list, now);
}

static json_t *time_json(struct instant t)
{
    char text[UTC_TEXT_SIZE];
    return instant_is_set(t) ? json_string(utc_format(t, 0, text)) : json_null();
}

static json_t *key_json(const struct key_entry *k, struct instant now)
{
    char hex[KEY_FINGERPRINT_TEXT_SIZE];
    return json_pack("{s:s, s:s, s:s*, s:s, s:o, s:o, s:o}", "key",
                     key_fingerprint_text(k->key, hex), "use", key_use_text(k->use), "name",
                     k->name[0] != '\0' ? k->name : NULL, "state", state_text(k, now), "from",
                     time_json(k->from), "until", time_json(k->until), "revoked",
                     time_json(k->revoked));
}

static int print_json(const uint8_t root[KEY_BYTES], const struct key_list *list,
                      struct instant now)
{
    char hex[KEY_FINGERPRINT_TEXT_SIZE];
    json_t *keys = json_array();
    for (uint32_t i = 0; i < list->count; i++) {
        (void)json_array_append_new(keys, key_json(&list->keys[i], now));
    }
    json_t *all =
        json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "nation", list->nation.code, "domain",
                  domain_text(list->domain), "root", key_fingerprint_text(root, hex), "number",
                  (json_int_t)list->number, "made", time_json(list->made), "keys", keys);
    return json_out(all, JSON_INDENT(2), "keys", 0);
}

int keys_print(const uint8_t root[KEY_BYTES], const struct key_list *list, struct instant now,
               bool json)
{
    if (json) {
        return print_json(root, list, now);
    }
    print_text(root, list, now);
    return 0;
}
