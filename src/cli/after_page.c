#include "cli/after_page.h"

#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "base/utc.h"
#include "cli/after_chart.h"
#include "cli/release_words.h"
#include "formats/xml_writer.h"
#include "warn/gazetteer.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define DOCTYPE "<!DOCTYPE html>\n"

/* No quotes, '<' or '&' in it: it stands in the page as it is. */
static const char STYLE[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:62em;padding:0 1em;"
    "color:#111;background:#fff}h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.6em 0 .4em;"
    "border-bottom:1px solid #999}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;border-bottom:1px solid "
    "#ddd}"
    "th{font-weight:600}td.n{white-space:nowrap;font-variant-numeric:tabular-nums}"
    "svg{width:100%;height:auto;border:1px solid #bbb;background:#f7f9fb}"
    "svg text{font:12px system-ui,sans-serif;fill:#333}"
    ".land{fill:none;stroke:#9aa7b1;stroke-width:.8}.way{fill:none;stroke:#b3001b;stroke-width:2.5}"
    ".lost{stroke-dasharray:5 4}.area{fill:#b3001b33;stroke:#b3001b}.rule{stroke:#dde3e8}"
    ".mark{background:repeating-linear-gradient(45deg,#ffd400 0 12px,#111 12px 16px);padding:.3em}"
    ".mark b{background:#fff;padding:0 .5em}"
    "@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}"
    "tr,svg{break-inside:avoid}}";

struct page {
    const struct after_page *of;
    const struct after_action *a;
    struct xml_writer x;
};

static void cell(struct page *p, const char *text)
{
    xml_element(&p->x, "td", text);
}

static void cell_time(struct page *p, struct instant t)
{
    char text[UTC_TEXT_SIZE];
    xml_open(&p->x, "td");
    xml_attribute(&p->x, "class", "n");
    xml_text(&p->x, instant_is_set(t) ? utc_format(t, 1, text) : "never");
    xml_close(&p->x);
}

static void cell_count(struct page *p, bool is_own, uint64_t count)
{
    if (is_own) {
        cell(p, "-");
    } else {
        xml_elementf(&p->x, "td", "%llu", (unsigned long long)count);
    }
}

static struct instant t0_of(const struct after_action *a)
{
    return a->has_launch ? a->launch.time : a->noticed;
}

/* "+158.0 s" since the launch. */
static void cell_delay(struct page *p, struct instant t)
{
    char text[32] = "";
    const struct instant t0 = t0_of(p->a);
    struct text out = text_over(text, sizeof text);
    if (instant_is_set(t) && instant_is_set(t0)) {
        text_addf(&out, "T%+.1f s", instant_since_s(t, t0));
    }
    xml_open(&p->x, "td");
    xml_attribute(&p->x, "class", "n");
    xml_text(&p->x, text);
    xml_close(&p->x);
}

static void head_row(struct page *p, const char *const *names)
{
    xml_open(&p->x, "tr");
    for (int i = 0; names[i] != NULL; i++) {
        xml_element(&p->x, "th", names[i]);
    }
    xml_close(&p->x);
}

static void begin_table(struct page *p, const char *title, const char *const *names)
{
    xml_element(&p->x, "h2", title);
    xml_open(&p->x, "table");
    head_row(p, names);
}

static void fact(struct page *p, const char *name, const char *value)
{
    xml_open(&p->x, "tr");
    xml_element(&p->x, "th", name);
    cell(p, value);
    xml_close(&p->x);
}

static void place_fact(struct page *p, const char *name, struct instant t, struct geo_geodetic at,
                       const struct geo_ellipse *area)
{
    char text[512];
    char time[UTC_TEXT_SIZE];
    char place[GAZETTEER_PHRASE_SIZE];
    struct text out = text_over(text, sizeof text);
    gazetteer_describe(at, place, sizeof place);
    text_addf(&out, "%s, %.3f, %.3f: %s; 95 %%: %.1f by %.1f km", utc_format(t, 1, time),
              at.lat_rad * DEG_PER_RAD, at.lon_rad * DEG_PER_RAD, place, area->semi_major_m / 1e3,
              area->semi_minor_m / 1e3);
    fact(p, name, text);
}

static void put_summary(struct page *p)
{
    const struct after_action *a = p->a;
    const struct impact_estimate *impact = &a->assessment.impact;
    char text[200];
    struct text t = text_over(text, sizeof text);
    xml_open(&p->x, "table");
    if (a->has_launch) {
        place_fact(p, "Launch", a->launch.time, a->launch.point, &a->launch_ellipse_95);
    } else {
        fact(p, "Launch", "undetermined");
    }
    if (impact->why == WHY_NONE) {
        place_fact(p, "Impact", impact->time, impact->point, &impact->ellipse_95);
    } else {
        fact(p, "Impact", undetermined_reason_text(impact->why));
    }
    text_addf(&t, "%s; apogee %.0f km, range %.0f km (0 = undetermined)",
              missile_class_text(assessment_class(&a->assessment)), a->assessment.apogee_m / 1e3,
              a->assessment.range_m / 1e3);
    fact(p, "Class", text);
    fact(p, "Journal", p->of->journal);
    fact(p, "Proof",
         p->of->is_same ? "played again for this report: every effect that could be compared was "
                          "the same, bit for bit"
                        : "played again for this report: NOT the same as recorded; see watchfire "
                          "replay");
    xml_close(&p->x);
}

/* Who knew what when, and what was shared and withheld. */
static void put_nations(struct page *p)
{
    static const char *const NAMES[] = {"Nation",           "knew first",        "",
                                        "its records here", "it was told first", "",
                                        "released to it",   "withheld from it",  NULL};
    const struct after_action *a = p->a;
    begin_table(p, "Who knew what when, what was shared and withheld", NAMES);
    for (uint32_t i = 0; i < a->nation_count; i++) {
        const struct after_nation *n = &a->nations[i];
        char text[400] = "";
        struct text t = text_over(text, sizeof text);
        xml_open(&p->x, "tr");
        cell(p, n->nation.code);
        cell_time(p, n->first_from);
        cell_delay(p, n->first_from);
        cell_count(p, i == 0, n->taken);
        cell_time(p, i == 0 ? a->noticed : n->first_to);
        cell_delay(p, i == 0 ? a->noticed : n->first_to);
        cell_count(p, i == 0, n->released);
        for (int why = 0; why < RELEASE_WHY_COUNT; why++) {
            if (n->withheld[why] > 0) {
                text_addf(&t, "%s%llu: %s", t.size > 0 ? "; " : "",
                          (unsigned long long)n->withheld[why],
                          release_words_why((enum release_why)why));
            }
        }
        cell(p, text[0] != '\0' ? text : "-");
        xml_close(&p->x);
    }
    xml_close(&p->x);
}

/* Where the message of that identifier went, when, and what came back. */
static void put_outlets(struct page *p, const char *id)
{
    static struct told told[64];
    struct outlet_order orders[NODE_OUTLETS_MAX];
    char text[1024] = "";
    struct text t = text_over(text, sizeof text);
    uint32_t count = 0;
    uint32_t order_count = 0;
    if (p->of->outlets != NULL &&
        outlet_store_latest(p->of->outlets, NULL, 64, told, &count) == OK) {
        for (uint32_t i = 0; i < count; i++) {
            if (strcmp(told[i].id, id) == 0 &&
                outlet_store_orders(p->of->outlets, told[i].number, NODE_OUTLETS_MAX, orders,
                                    &order_count) != OK) {
                order_count = 0;
            }
        }
    }
    for (uint32_t i = 0; i < order_count; i++) {
        const struct outlet_order *o = &orders[i];
        text_addf(&t, "%s%s: %s", i > 0 ? "; " : "", o->outlet, o->receipt);
        if (instant_is_set(o->done)) {
            text_addf(&t, " after %.1f s", instant_since_s(o->done, o->ordered));
        }
    }
    cell(p, text[0] != '\0' ? text : "-");
}

static void put_warnings(struct page *p)
{
    static const char *const NAMES[] = {"Warning", "at", "", "message", "outlets", NULL};
    const struct after_action *a = p->a;
    begin_table(p, "Warnings to the own people, and their delays", NAMES);
    for (uint32_t i = 0; i < a->warning_count; i++) {
        const struct after_warning *w = &a->warnings[i];
        xml_open(&p->x, "tr");
        cell(p, warning_state_text(w->warning.state));
        cell_time(p, w->warning.time);
        cell_delay(p, w->warning.time);
        cell(p, w->title);
        put_outlets(p, w->id);
        xml_close(&p->x);
    }
    xml_close(&p->x);
    if (a->warning_count == 0) {
        xml_element(&p->x, "p", "None: the launch never threatened them.");
    }
}

static void put_lines(struct page *p)
{
    static const char *const NAMES[] = {"Time (UTC)", "", "What happened", NULL};
    const struct after_action *a = p->a;
    begin_table(p, "Time line", NAMES);
    for (uint32_t i = 0; i < a->line_count; i++) {
        xml_open(&p->x, "tr");
        cell_time(p, a->lines[i].time);
        cell_delay(p, a->lines[i].time);
        cell(p, a->lines[i].text);
        xml_close(&p->x);
    }
    xml_close(&p->x);
    if (a->lines_left_out > 0) {
        xml_elementf(&p->x, "p", "%u more lines were left out.", a->lines_left_out);
    }
}

static void put_head(struct page *p)
{
    xml_open(&p->x, "head");
    xml_open(&p->x, "meta");
    xml_attribute(&p->x, "charset", "utf-8");
    xml_close(&p->x);
    xml_elementf(&p->x, "title", "%s: after action, %s", p->a->name.text, p->a->nation.code);
    xml_element(&p->x, "style", STYLE);
    xml_close(&p->x);
}

static void put_body(struct page *p)
{
    const struct after_action *a = p->a;
    xml_open(&p->x, "body");
    if (a->domain != DOMAIN_LIVE) {
        xml_open(&p->x, "p");
        xml_attribute(&p->x, "class", "mark");
        xml_elementf(&p->x, "b", "%s: nothing here is real",
                     a->domain == DOMAIN_EXERCISE ? "EXERCISE" : "TEST");
        xml_close(&p->x);
    }
    xml_elementf(&p->x, "h1", "%s, as %s's node saw it", a->name.text, a->nation.code);
    if (strcmp(a->name.text, a->own_name.text) != 0) {
        xml_elementf(&p->x, "p", "Here first called %s.", a->own_name.text);
    }
    put_summary(p);
    xml_element(&p->x, "h2", "Map (dashed: no longer measured, predicted)");
    after_chart_map(&p->x, a);
    xml_element(&p->x, "h2", "Height, km, over minutes since the launch");
    after_chart_profile(&p->x, a);
    put_nations(p);
    put_warnings(p);
    put_lines(p);
    xml_element(&p->x, "p", "Coasts and borders: Natural Earth. Towns: GeoNames (CC BY 4.0).");
    xml_close(&p->x);
}

result after_page_write(const struct after_page *of, char *out, size_t capacity, size_t *size)
{
    struct page p = {.of = of, .a = of->action};
    const size_t spare = sizeof DECLARATION - sizeof DOCTYPE;
    ENSURE(capacity > spare, ERR_FULL);
    xml_start(&p.x, out, capacity);
    xml_open(&p.x, "html");
    xml_attribute(&p.x, "lang", "en");
    put_head(&p);
    put_body(&p);
    xml_close(&p.x);
    size_t written = 0;
    TRY(xml_finish(&p.x, &written));
    /* A page begins with its document type; what XML begins with is longer. */
    memmove(out, out + spare, written - spare + 1);
    memcpy(out, DOCTYPE, sizeof DOCTYPE - 1);
    *size = written - spare;
    return OK;
}
