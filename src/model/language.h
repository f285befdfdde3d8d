/* The languages in which people are spoken to. */
#ifndef WATCHFIRE_MODEL_LANGUAGE_H
#define WATCHFIRE_MODEL_LANGUAGE_H

enum language { LANGUAGE_ENGLISH, LANGUAGE_JAPANESE, LANGUAGE_KOREAN };
#define LANGUAGE_COUNT 3

#endif
