/* A stream that writes nothing: it compares what is written to it with a file, byte by byte. */
#ifndef AUDIT_DIFFER_H
#define AUDIT_DIFFER_H

#include "audit/finding.h"

#include <stdio.h>

struct differ;

/* path is that of the file to compare with. A file that cannot be read differs. */
struct differ *differ_new(const char *path);
FILE *differ_stream(struct differ *differ); /* owned by differ */

/* Ends it: adds file_missing, or the finding of that code at the first line that differs, to findings (may be NULL). name is what
 * the file is called there. Accepts NULL, returns NULL. */
struct differ *differ_end(struct differ *differ, struct findings *findings, const char *code, const char *name);

#endif
