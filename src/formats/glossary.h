/* The words that every nation's screens and warnings use alike, in three languages. */
#ifndef WATCHFIRE_FORMATS_GLOSSARY_H
#define WATCHFIRE_FORMATS_GLOSSARY_H

#include "model/language.h"

enum glossary_term {
    TERM_POSSIBLE_MISSILE,
    TERM_APOGEE,
    TERM_RANGE,
    TERM_OVERFLIGHT,
    TERM_LOFTED,
    TERM_TRACK_LOST,
    TERM_CANCELLED,
    TERM_ALL_CLEAR,
    TERM_EXERCISE,
    TERM_TEST
};
#define GLOSSARY_TERM_COUNT (TERM_TEST + 1)

/* "track lost", "失探", "항적 소실". Static storage. */
const char *glossary_text(enum glossary_term term, enum language language);

/* The language's tag of RFC 5646: "en", "ja", "ko". Static storage. */
const char *language_tag(enum language language);

#endif
