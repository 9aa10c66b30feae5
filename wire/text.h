/* Text that people typed: what may stand in one line of it. */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#define TEXT_MAX 200 /* code points, where a field says nothing else */

/* The code of what is wrong with text (valid UTF-8) of min..max code points, NULL if nothing is: too_short, too_long,
 * or control_character for C0, DEL, C1, line separators and bidirectional controls. */
const char *text_fault(const char *text, int64_t min, int64_t max);

/* Whether it starts or ends with white space, or has any (valid UTF-8). */
bool text_has_outer_space(const char *text);
bool text_has_space(const char *text);

#endif
