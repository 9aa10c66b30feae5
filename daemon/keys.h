/*
 * The daemon's keys: files in state_dir/keys, and which of them the ledger has in force.
 *
 * init makes tls.pem, answers.pem, log.pem (Ed25519) and jobs.pem; new-key makes USE-<id>.pem beside them. The ledger's own
 * rows (api.ledger_keys) say which are in force: checkpoints are signed with every log key in force, answers with the
 * oldest answers key, and the TLS certificate is made from the oldest tls key, of those that have a file here. A use without
 * rows (a ledger of before there were any) goes on with the file of init.
 * Nothing is chosen until keys_choose(): a daemon answers nothing before it knows.
 */
#ifndef DAEMON_KEYS_H
#define DAEMON_KEYS_H

#include "daemon/config.h"
#include "daemon/db.h"
#include "wire/key.h"
#include "wire/note.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum key_use {
	KEY_ANSWERS,
	KEY_LOG,
	KEY_TLS,
	KEY_JOBS,
	KEY_USES,
};

#define KEYS_LOG_MAX 8 /* log keys in force at once */

struct key_file {
	enum key_use use;
	struct key *key;
	bool first;                /* the file of init */
	char id[KID_LENGTH + 1];   /* as the ledger names it: the thumbprint, of a log key its key id in hex */
	char *public;              /* as the ledger registers it: canonical JWK, of a log key its verifier key */
};

struct keys {
	const struct config *config;
	struct key_file *files;
	size_t count;

	/* Chosen: NULL and 0 before keys_choose(). Point into files. */
	const struct key *answers, *tls, *log[KEYS_LOG_MAX];
	unsigned logs;
	unsigned char first_log_id[NOTE_ID]; /* of the ledger's first log key, in notes */
	json_t *rows;     /* what was chosen by: [{"use", "kid", "text", "made", "ended"}] in order */
	uint64_t changes; /* keys registered and ended so far: what answers say as log.keys */
};

/* Makes those of init that are not there yet. 0, or -1 with *ret_error (malloc'd). */
int keys_make(const struct config *config, char **ret_error);

/* Makes one more of a use ("answers", "log", "tls"); *ret_public (malloc'd) is the text to register. 0, or -1 with *ret_error. */
int keys_add(const struct config *config, const char *use, char **ret_public, char **ret_error);

struct keys *keys_read(const struct config *config, char **ret_error);
struct keys *keys_free(struct keys *keys); /* accepts NULL, returns NULL */

/* The rows of the ledger's keys, a new reference. */
#define KEYS_STATEMENT { "keys", "SELECT use, kid, text, made, ended FROM api.ledger_keys() ORDER BY id" }
json_t *keys_rows(const struct db_result *result);

/* Chooses by the ledger's rows, taken over; looks for new files when one is wanting. 0, or -1 with *ret_error (malloc'd) and
 * nothing changed: a use has keys in force, and none of them has a file. */
int keys_choose(struct keys *keys, json_t *rows, char **ret_error);

/* For what must be there before the rows are known: the TLS key that the last ledger.json names, else init's, else any. */
const struct key *keys_first_tls(const struct keys *keys);

/* The name of a use, as in file names and rows. */
const char *keys_use_name(enum key_use use);

/* Writes state_dir/ledger.json, which clients take over when they join: name, address, keys in force. After keys_choose().
 * 0, or -1 with *ret_error. */
int keys_publish(const struct keys *keys, const char *address, char **ret_error);

#endif
