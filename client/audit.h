/* What the two audits share: what is said at the end. */
#ifndef CLIENT_AUDIT_H
#define CLIENT_AUDIT_H

#include "audit/verify.h"
#include "client/client.h"

/* Prints findings and summary, for people or as JSON; EXIT_OK when the ledger holds, EXIT_UNVERIFIED when not.
 * audit is "verify" or "run". */
int audit_report(bool json, const char *audit, const struct findings *findings, const struct summary *summary);

/* Log keys of a ledger.json: "log" and "log_keys". */
void audit_trust_ledger(const json_t *document, struct trust *trust);

/* Verifier keys in a file, one a line; EXIT_OK, or EXIT_LOCAL after saying why. */
int audit_read_keys(const char *path, char (*keys)[NOTE_VERIFIER], size_t *ret_count);

/* Whether JSON was asked for, by --json or by the input's format. */
bool audit_wants_json(const struct client *client, const json_t *input);

int audit_run(struct client *client, const json_t *input); /* audit_run.c */

#endif
