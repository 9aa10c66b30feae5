/* Text that people typed, made safe to print on a terminal. */
#ifndef CLIENT_ESCAPE_H
#define CLIENT_ESCAPE_H

/* Control characters, bidirectional and invisible ones as <U+202E>, bytes that are not UTF-8 as <FF>; malloc'd. */
char *escape(const char *text);

#endif
