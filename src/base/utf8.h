/* Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing beyond
 * U+10FFFF. */
#ifndef WATCHFIRE_BASE_UTF8_H
#define WATCHFIRE_BASE_UTF8_H

#include <stddef.h>

/* U+FFFD, which stands for what is no character. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Length in bytes of the character at `text`, which ends with a NUL; 0 if none stands there. */
size_t utf8_length(const char *text);

#endif
