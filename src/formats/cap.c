#include "formats/cap.h"

#include <assert.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "formats/glossary.h"
#include "formats/outline.h"
#include "formats/xml_writer.h"

#define NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"
/* For how long the end of a warning stays readable. */
#define ENDED_S 900.0
#define TEXT_SIZE PUBLIC_DESCRIPTION_SIZE

bool cap_sender_is_good(const char *text)
{
    const size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~' || strchr(",<&", text[i]) != NULL) {
            return false;
        }
    }
    return size >= 1 && size < CAP_SENDER_SIZE;
}

static const char *status_of(enum domain domain)
{
    return domain == DOMAIN_LIVE ? "Actual" : domain == DOMAIN_EXERCISE ? "Exercise" : "Test";
}

/* Only a first message is an alert; after a cancel the next one begins anew. */
static const char *type_of(const struct cap_alert *a)
{
    const enum warning_state state = a->warning->warning->state;
    if (state == WARNING_CANCEL || state == WARNING_HANDED_OVER) {
        return "Cancel";
    }
    return a->reference_count == 0 ? "Alert" : "Update";
}

static void put_time(struct xml_writer *x, const char *name, const struct public_warning *w,
                     struct instant t)
{
    char text[UTC_TEXT_SIZE];
    xml_element(x, name, utc_format_zone(t, public_zone_min(w->nation), text));
}

/* CAP 1.2, 3.2.1: "sender,identifier,sent", parted by blanks. */
static void put_references(struct xml_writer *x, const struct cap_alert *a)
{
    if (a->reference_count == 0) {
        return;
    }
    xml_open(x, "references");
    for (uint32_t i = 0; i < a->reference_count; i++) {
        char sent[UTC_TEXT_SIZE];
        char text[CAP_SENDER_SIZE + PUBLIC_ID_SIZE + UTC_TEXT_SIZE + 4];
        struct text t = text_over(text, sizeof text);
        text_addf(
            &t, "%s%s,%s,%s", i > 0 ? " " : "", a->sender, a->references[i].id,
            utc_format_zone(a->references[i].sent, public_zone_min(a->warning->nation), sent));
        xml_text(x, text);
    }
    xml_close(x);
}

static void put_head(struct xml_writer *x, const struct cap_alert *a)
{
    const struct public_warning *w = a->warning;
    char id[PUBLIC_ID_SIZE];
    xml_element(x, "identifier", public_warning_id(w, id));
    xml_element(x, "sender", a->sender);
    put_time(x, "sent", w, w->warning->time);
    xml_element(x, "status", status_of(w->domain));
    xml_element(x, "msgType", type_of(a));
    xml_element(x, "source", "Watchfire");
    xml_element(x, "scope", "Public");
    if (w->domain != DOMAIN_LIVE) {
        xml_elementf(x, "note", "This is %s message. Nothing was launched.",
                     w->domain == DOMAIN_EXERCISE ? "an exercise" : "a test");
    }
    put_references(x, a);
    xml_element(x, "incidents", w->event_name);
}

static bool may_be_hit(const struct warning *w)
{
    for (uint32_t i = 0; i < w->area_count; i++) {
        if (public_area_may_be_hit(&w->areas[i])) {
            return true;
        }
    }
    return false;
}

static const char *certainty_of(const struct warning *w)
{
    switch (w->state) {
    case WARNING_NARROWED:
        return "Likely";
    case WARNING_CANCEL:
        return "Unlikely";
    case WARNING_ALL_CLEAR:
        return "Observed";
    default:
        return "Possible";
    }
}

/* What asks for what: CAP 1.2, 3.2.2. */
static void put_grades(struct xml_writer *x, const struct warning *w)
{
    const bool shelters = warning_in_force(w->state) || w->state == WARNING_HANDED_OVER;
    xml_element(x, "responseType", shelters ? "Shelter" : "AllClear");
    xml_element(x, "urgency", shelters ? "Immediate" : "Past");
    xml_element(x, "severity", !shelters ? "Minor" : may_be_hit(w) ? "Extreme" : "Severe");
    xml_element(x, "certainty", certainty_of(w));
}

static void put_times(struct xml_writer *x, const struct public_warning *w)
{
    const struct warning *warning = w->warning;
    const struct instant onset = public_warning_onset(warning);
    put_time(x, "effective", w, warning->time);
    if (warning_in_force(warning->state) && instant_is_set(onset)) {
        put_time(x, "onset", w, onset);
    }
    /* A prepared end may be sent as late as its warning is in force. */
    const bool has_end = instant_is_set(warning->expires);
    struct instant end = has_end ? warning->expires : warning->time;
    end = instant_before(end, warning->time) ? warning->time : end;
    /* In force: rounded up, so that no second of it is lost. */
    end = instant_plus_s(end, warning_in_force(warning->state) ? 1.0 : ENDED_S);
    put_time(x, "expires", w, end);
}

static void put_texts(struct xml_writer *x, const struct public_warning *w, enum language language)
{
    char buffer[TEXT_SIZE];
    struct text text = text_over(buffer, PUBLIC_HEADLINE_SIZE);
    public_headline(w, language, &text);
    x->out.full = x->out.full || text.full;
    xml_element(x, "headline", buffer);
    text = text_over(buffer, sizeof buffer);
    public_description(w, language, &text);
    x->out.full = x->out.full || text.full;
    xml_element(x, "description", buffer);
    text = text_over(buffer, PUBLIC_INSTRUCTION_SIZE);
    public_instruction(w, language, &text);
    assert(!text.full); /* nothing from outside is in it */
    xml_element(x, "instruction", buffer);
}

static void put_parameter(struct xml_writer *x, const char *name, const char *value)
{
    xml_open(x, "parameter");
    xml_element(x, "valueName", name);
    xml_element(x, "value", value);
    xml_close(x);
}

static void put_polygon(struct xml_writer *x, const struct outline *o)
{
    char points[OUTLINE_POINTS * 24];
    struct text t = text_over(points, sizeof points);
    for (uint32_t i = 0; i < o->count; i++) {
        text_addf(&t, "%s%.4f,%.4f", i > 0 ? " " : "", o->points[i].lat_rad * DEG_PER_RAD,
                  o->points[i].lon_rad * DEG_PER_RAD);
    }
    assert(!t.full);
    xml_element(x, "polygon", points);
}

/* Where it may come down, 95 % of it. */
static void put_impact_area(struct xml_writer *x, const struct public_warning *w,
                            enum language language)
{
    static const char *const NAMES[LANGUAGE_COUNT] = {
        "Where it may come down (95 %)", "落下の可能性がある範囲（95％）", "낙하 가능 범위 (95 %)"};
    const struct impact_estimate *impact = w->impact;
    if (impact == NULL || impact->why != WHY_NONE || !warning_in_force(w->warning->state) ||
        !may_be_hit(w->warning)) {
        return;
    }
    struct outline outline;
    xml_open(x, "area");
    xml_element(x, "areaDesc", NAMES[language]);
    if (outline_around(impact->point, &impact->ellipse_95, &outline) == OK) {
        put_polygon(x, &outline);
    } else {
        xml_elementf(x, "circle", "%.4f,%.4f %.1f", impact->point.lat_rad * DEG_PER_RAD,
                     impact->point.lon_rad * DEG_PER_RAD,
                     OUTLINE_MARGIN * impact->ellipse_95.semi_major_m / 1e3);
    }
    xml_close(x);
}

/* The ground below which it may pass, 95 % of the ways. */
static void put_passage_area(struct xml_writer *x, const struct public_warning *w,
                             enum language language)
{
    static const char *const NAMES[LANGUAGE_COUNT] = {"Where it may pass over (95 %)",
                                                      "上空を通過する可能性がある範囲（95％）",
                                                      "상공 통과 가능 범위 (95 %)"};
    const struct public_passage *p = w->passage;
    struct outline outline;
    if (p == NULL || !warning_in_force(w->warning->state) ||
        outline_along(p->count, p->points, p->half_width_m, &outline) != OK) {
        return;
    }
    xml_open(x, "area");
    xml_element(x, "areaDesc", NAMES[language]);
    put_polygon(x, &outline);
    xml_close(x);
}

static void put_areas(struct xml_writer *x, const struct public_warning *w, enum language language)
{
    for (uint32_t i = 0; i < w->warning->area_count; i++) {
        const struct public_place *place = &w->places[i];
        xml_open(x, "area");
        xml_element(x, "areaDesc", place->names[language]);
        if (place->iso_code[0] != '\0') {
            xml_open(x, "geocode");
            xml_element(x, "valueName",
                        strchr(place->iso_code, '-') != NULL ? "ISO 3166-2" : "ISO 3166-1");
            xml_element(x, "value", place->iso_code);
            xml_close(x);
        }
        xml_close(x);
    }
    put_impact_area(x, w, language);
    put_passage_area(x, w, language);
}

static void put_info(struct xml_writer *x, const struct public_warning *w, enum language language)
{
    xml_open(x, "info");
    xml_element(x, "language", language_tag(language));
    xml_element(x, "category", "Safety");
    xml_element(x, "category", "Security");
    xml_element(x, "event", glossary_text(TERM_POSSIBLE_MISSILE, language));
    put_grades(x, w->warning);
    put_times(x, w);
    xml_elementf(x, "senderName", "Watchfire, %s", w->nation.code);
    put_texts(x, w, language);
    put_parameter(x, "Watchfire state", warning_state_text(w->warning->state));
    put_areas(x, w, language);
    xml_close(x);
}

result cap_write(const struct cap_alert *a, char *out, size_t capacity, size_t *size)
{
    const struct public_warning *w = a->warning;
    ENSURE(public_warning_is_one(w->warning->state), ERR_RANGE);
    ENSURE(a->reference_count <= CAP_REFERENCES_MAX, ERR_RANGE);
    assert(cap_sender_is_good(a->sender));
    struct xml_writer x;
    xml_start(&x, out, capacity);
    xml_open(&x, "alert");
    xml_attribute(&x, "xmlns", NAMESPACE);
    put_head(&x, a);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        put_info(&x, w, (enum language)language);
    }
    xml_close(&x);
    return xml_finish(&x, size);
}
