#include "formats/feed.h"

#include <jansson.h>
#include <string.h>

#include "base/utc.h"
#include "formats/xml_writer.h"

#define TITLE_SIZE 96
#define CAP_TYPE "application/cap+xml"

static struct instant updated_of(const struct feed *f)
{
    const struct instant t = f->entry_count > 0 ? f->entries[0].time : f->updated;
    return instant_is_set(t) ? t : (struct instant){0};
}

static const char *title_of(const struct feed *f, char out[TITLE_SIZE])
{
    struct text t = text_over(out, TITLE_SIZE);
    text_addf(&t, "%s%sWarnings of %s", f->domain == DOMAIN_EXERCISE ? "EXERCISE: " : "",
              f->domain == DOMAIN_TEST ? "TEST: " : "", f->nation.code);
    return out;
}

/* Identifiers of both: "urn:watchfire:ID" (a name that is not looked up anywhere). */
static void put_entry(struct xml_writer *x, const struct feed_entry *e)
{
    char time[UTC_TEXT_SIZE];
    xml_open(x, "entry");
    xml_elementf(x, "id", "urn:watchfire:%s", e->id);
    xml_element(x, "title", e->title);
    xml_element(x, "updated", utc_format(e->time, 3, time));
    xml_open(x, "category");
    xml_attribute(x, "term", warning_state_text(e->state));
    xml_close(x);
    xml_open(x, "link");
    xml_attribute(x, "rel", "alternate");
    xml_attribute(x, "type", CAP_TYPE);
    xml_attributef(x, "href", "cap/%s.xml", e->id);
    xml_close(x);
    xml_open(x, "content");
    xml_attribute(x, "type", CAP_TYPE);
    xml_attributef(x, "src", "cap/%s.xml", e->id);
    xml_close(x);
    xml_element(x, "summary", e->title);
    xml_close(x);
}

result feed_atom(const struct feed *f, char *out, size_t capacity, size_t *size)
{
    struct xml_writer x;
    char time[UTC_TEXT_SIZE];
    char title[TITLE_SIZE];
    xml_start(&x, out, capacity);
    xml_open(&x, "feed");
    xml_attribute(&x, "xmlns", "http://www.w3.org/2005/Atom");
    xml_elementf(&x, "id", "urn:watchfire:feed:%s:%s", f->nation.code, domain_text(f->domain));
    xml_element(&x, "title", title_of(f, title));
    xml_element(&x, "updated", utc_format(updated_of(f), 3, time));
    xml_open(&x, "author");
    xml_element(&x, "name", f->sender);
    xml_close(&x);
    xml_open(&x, "link");
    xml_attribute(&x, "rel", "self");
    xml_attribute(&x, "href", "feed.atom");
    xml_close(&x);
    for (uint32_t i = 0; i < f->entry_count; i++) {
        put_entry(&x, &f->entries[i]);
    }
    xml_close(&x);
    return xml_finish(&x, size);
}

static json_t *json_entry(const struct feed_entry *e)
{
    char time[UTC_TEXT_SIZE];
    char url[128];
    struct text t = text_over(url, sizeof url);
    text_addf(&t, "cap/%s.xml", e->id);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:[s],s:[{s:s,s:s}]}", "id", e->id, "url", url, "title",
                     e->title, "content_text", e->title, "date_published",
                     utc_format(e->time, 3, time), "tags", warning_state_text(e->state),
                     "attachments", "url", url, "mime_type", CAP_TYPE);
}

result feed_json(const struct feed *f, char *out, size_t capacity, size_t *size)
{
    char title[TITLE_SIZE];
    json_t *items = json_array();
    for (uint32_t i = 0; i < f->entry_count; i++) {
        (void)json_array_append_new(items, json_entry(&f->entries[i]));
    }
    json_t *root = json_pack("{s:s,s:s,s:s,s:[{s:s}],s:o}", "version",
                             "https://jsonfeed.org/version/1.1", "title", title_of(f, title),
                             "feed_url", "feed.json", "authors", "name", f->sender, "items", items);
    ENSURE(root != NULL, ERR_FULL);
    const size_t needed = json_dumpb(root, out, capacity, JSON_COMPACT);
    const bool whole = json_array_size(items) == f->entry_count;
    const bool fits = needed > 0 && needed < capacity;
    json_decref(root);
    ENSURE(whole && fits, ERR_FULL);
    out[needed] = '\0';
    *size = needed;
    return OK;
}
