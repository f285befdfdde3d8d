#include "cli/keys_grant.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "node/grant_file.h"
#include "node/key_folder.h"
#include "node/key_making.h"

#define STATUS_OK 0
#define STATUS_USE 2
#define DAY_S 86400.0

static const char *const KINDS[] = {"tracks", "notices", "warnings"};
#define KIND_COUNT (sizeof KINDS / sizeof KINDS[0])

static int complain(const char *text)
{
    (void)fprintf(stderr, "watchfire keys: %s\n", text);
    return STATUS_USE;
}

/* "tracks,notices": the sum of their bits; 0 for anything else. */
static uint32_t read_kinds(const char *text)
{
    uint32_t kinds = 0;
    const char *at = text;
    for (;;) {
        const size_t size = strcspn(at, ",");
        uint32_t bit = 0;
        for (uint32_t i = 0; i < KIND_COUNT; i++) {
            if (strlen(KINDS[i]) == size && strncmp(at, KINDS[i], size) == 0) {
                bit = 1u << i;
            }
        }
        if (bit == 0 || (kinds & bit) != 0) {
            return 0;
        }
        kinds |= bit;
        if (at[size] == '\0') {
            return kinds;
        }
        at += size + 1;
    }
}

static bool read_nation(const char *option, const char *text, struct nation_id *out)
{
    if (strlen(text) != 3 || !nation_id_parse(text, out)) {
        (void)fprintf(stderr,
                      "watchfire keys: %s: given \"%s\", expected three capital letters of "
                      "ISO 3166-1, as USA\n",
                      option, text);
        return false;
    }
    return true;
}

static bool read_grant(const struct keys_grant *w, struct grant *out)
{
    memset(out, 0, sizeof *out);
    if (!read_nation("--via", w->via, &out->via) || !read_nation("--to", w->to, &out->to)) {
        return false;
    }
    out->kinds = w->kinds == NULL ? GRANT_ALL_KINDS : read_kinds(w->kinds);
    out->classification_max = classification_parse(w->up_to);
    out->from = w->now;
    out->until = instant_plus_s(w->now, (w->days == 0 ? KEY_MAKING_DAYS : w->days) * DAY_S);
    if (out->kinds == 0) {
        (void)complain("--kinds: expected some of tracks, notices and warnings, with commas, each "
                       "once");
        return false;
    }
    if (out->classification_max == CLASSIFICATION_UNKNOWN) {
        (void)complain("--up-to: expected UNCLASSIFIED, RESTRICTED, CONFIDENTIAL or SECRET");
        return false;
    }
    return true;
}

static void print(const struct grant *g, const char *path, bool was_cut)
{
    char until[UTC_TEXT_SIZE];
    (void)printf("%s lets %s pass on to %s what %s releases to it: ", path, g->via.code, g->to.code,
                 g->owner.code);
    for (uint32_t i = 0; i < KIND_COUNT; i++) {
        if ((g->kinds >> i & 1u) != 0) {
            (void)printf("%s, ", KINDS[i]);
        }
    }
    (void)printf("up to %s, until %s%s.\n", classification_text(g->classification_max),
                 utc_format(g->until, 0, until),
                 was_cut ? ", when the key that signed it ends" : "");
    (void)printf("Give the file to %s. Each record's label has to allow it as well: \"onward to: "
                 "[%s]\" in the\nrule that releases to %s.\n",
                 g->via.code, g->to.code, g->via.code);
}

int keys_grant(const struct keys_grant *w)
{
    struct grant grant;
    uint8_t root[KEY_BYTES];
    struct key_list list;
    struct key_folder *folder = NULL;
    char message[KEY_FOLDER_MESSAGE_SIZE];
    if (!read_grant(w, &grant)) {
        return STATUS_USE;
    }
    const struct instant asked = grant.until;
    if (key_making_look(w->dir, root, &list, message) != OK ||
        key_folder_open(w->dir, list.nation, list.domain, w->passphrase, &folder, message) != OK) {
        return complain(message);
    }
    const result made = grant_file_make(key_folder_keys(folder), w->now, &grant, w->file, message);
    key_folder_close(folder);
    if (made != OK) {
        return complain(message);
    }
    print(&grant, w->file, instant_before(grant.until, asked));
    return STATUS_OK;
}
