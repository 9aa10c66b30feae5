/* What the command says to people: language, notes and errors on stderr, questions on the terminal. */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include <libintl.h>
#include <stdbool.h>

#define _(text) gettext(text)
#define N_(text) text

/* Sets locale and language: lang ("zh", "en"), or NULL for what the environment says. Text is UTF-8 in any case. */
void say_init(const char *lang);
bool say_is_chinese(void);

/* "lovebank: ..." and a new line, on stderr. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on stderr as it is. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Asks on the terminal; true without asking when there is none. */
bool say_confirm(const char *question);

/* Asks on the terminal for a word to be typed; false when there is none or another was typed. */
bool say_confirm_word(const char *question, const char *word);

/* The title of a text table (help of an operation, a problem), translated; "" stays "". */
const char *say_translated(const char *text);

#endif
