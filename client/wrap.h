/* Lines of running text for a terminal: broken at spaces and between Chinese characters. */
#ifndef CLIENT_WRAP_H
#define CLIENT_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* How many bytes of text make its first line of at most width columns; at least one character. Spaces behind it belong to no line. */
size_t wrap_line(const char *text, size_t width);

/* Prints text in lines no wider than the screen, each line behind its indent. */
void wrap_print(FILE *out, const char *indent, const char *text);

#endif
