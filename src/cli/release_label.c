#include "cli/release_label.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/utc.h"
#include "cli/release_words.h"
#include "formats/label_xml.h"
#include "node/policy_file.h"
#include "node/small_file.h"

static const char HELP[] =
    "watchfire release label FILE.xml [--owner NATION] [--to NATION] [--json]\n"
    "watchfire release label --of POLICY\n"
    "Reads a confidentiality label of ADatP-4774 and says what Watchfire makes of it and whom it\n"
    "permits; or writes the label of a policy's records in that form to standard output. What is\n"
    "not understood permits nobody: so does TOP SECRET. Nor do organisations count, only nations.\n"
    "\n"
    "  --owner NATION  whose record it is, if the label does not say so\n"
    "  --to NATION     is that nation permitted to have it?\n"
    "  --of POLICY     a release policy\n"
    "  --json          one object\n"
    "\n"
    "Exit status: 0 the label permits the nation of --to, or without --to anybody; 1 it does not;\n"
    "2 wrong use or bad input.\n";

#define MESSAGE_SIZE 700

struct labelled {
    const char *file;
    struct label label;
    const char *doubt; /* why it permits nobody, or NULL */
    uint32_t count;    /* of the nations that it permits, its owner first */
    struct nation_id permitted[LABEL_NATIONS_MAX + 1];
};

static bool read_label(struct labelled *l, struct nation_id owner, char message[MESSAGE_SIZE])
{
    static uint8_t storage[LABEL_XML_BYTES_MAX];
    struct byte_writer file = {storage, sizeof storage, 0};
    struct fault fault;
    if (small_file_read(l->file, false, &file, message, MESSAGE_SIZE) != OK) {
        return false;
    }
    if (label_xml_read(byte_writer_written(&file), owner, &l->label, &l->doubt, &fault) != OK) {
        char text[FAULT_TEXT_SIZE];
        (void)snprintf(message, MESSAGE_SIZE, "%.300s: %s", l->file, fault_text(&fault, text));
        return false;
    }
    if (l->doubt == NULL && !nation_id_is_set(l->label.owner)) {
        l->doubt = "it does not say whose record it is: name the nation with --owner";
    }
    return true;
}

static void find_permitted(struct labelled *l)
{
    const struct label *label = &l->label;
    if (label_permits(label, label->owner)) {
        l->permitted[l->count++] = label->owner;
    }
    for (uint32_t i = 0; i < label->releasable_count; i++) {
        const struct nation_id nation = label->releasable_to[i];
        if (!nation_id_equal(nation, label->owner) && label_permits(label, nation)) {
            l->permitted[l->count++] = nation;
        }
    }
}

static void print_text(const struct labelled *l)
{
    const struct label *label = &l->label;
    (void)printf("%s: a label of %s: classification %s, releasable to", l->file,
                 nation_id_is_set(label->owner) ? label->owner.code : "nobody that it names",
                 classification_text(label->classification));
    for (uint32_t i = 0; i < label->releasable_count; i++) {
        (void)printf("%s %s", i > 0 ? "," : "", label->releasable_to[i].code);
    }
    (void)printf("%s.\n", label->releasable_count == 0 ? " no nation" : "");
    if (l->count == 0) {
        (void)printf("It permits NOBODY: %s.\n", l->doubt);
        return;
    }
    (void)printf("It permits");
    for (uint32_t i = 0; i < l->count; i++) {
        (void)printf("%s %s", i > 0 ? "," : "", l->permitted[i].code);
    }
    (void)printf(" and nobody else.\n");
}

static int tell(const struct labelled *l, int status, bool json)
{
    const struct label *label = &l->label;
    if (!json) {
        print_text(l);
        return status;
    }
    return release_words_print(
        json_pack("{ss ss so so so}", "owner", label->owner.code, "classification",
                  classification_text(label->classification), "releasable_to",
                  release_words_nations(label->releasable_to, label->releasable_count), "permits",
                  release_words_nations(l->permitted, l->count), "doubt",
                  l->doubt != NULL ? json_string(l->doubt) : json_null()),
        status);
}

static int read_file(const char *file, const char *owner, const char *to, bool json)
{
    struct labelled l = {.file = file};
    struct nation_id of = {""};
    struct nation_id asked = {""};
    char message[MESSAGE_SIZE];
    if ((owner != NULL && !nation_id_parse(owner, &of)) ||
        (to != NULL && !nation_id_parse(to, &asked))) {
        return release_words_fail("label",
                                  "--owner and --to: expected three capital letters, as JPN");
    }
    if (!read_label(&l, of, message)) {
        return release_words_fail("label", message);
    }
    find_permitted(&l);
    const bool permits = to != NULL ? label_permits(&l.label, asked) : l.count > 0;
    return tell(&l, permits ? 0 : 1, json);
}

static int write_label(const char *path)
{
    static struct policy policy;
    char message[YAML_MESSAGE_SIZE];
    uint8_t storage[LABEL_XML_WRITTEN_MAX];
    struct byte_writer w = {storage, sizeof storage, 0};
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (policy_file_read(path, &policy, message) != OK) {
        return release_words_fail("label", message);
    }
    const struct instant made = utc_from_unix(now.tv_sec, now.tv_nsec);
    if (label_xml_write(&policy.label, made, &w) != OK) {
        return release_words_fail("label", "the label cannot be written");
    }
    (void)fwrite(w.data, 1, w.size, stdout);
    return 0;
}

int release_label(int argc, char **argv)
{
    const char *owner = NULL;
    const char *to = NULL;
    const char *policy = NULL;
    bool json = false;
    int status = 0;
    const struct release_option options[] = {
        {"owner", &owner, NULL}, {"to", &to, NULL}, {"of", &policy, NULL}, {"json", NULL, &json}};
    if (!release_words_options(HELP, options, 4, argc, argv, &status)) {
        return status;
    }
    if (policy != NULL && optind == argc && owner == NULL && to == NULL && !json) {
        return write_label(policy);
    }
    if (policy != NULL || optind + 1 != argc) {
        return release_words_fail("label",
                                  "expected one file of a label, or --of POLICY alone; see --help");
    }
    return read_file(argv[optind], owner, to, json);
}
