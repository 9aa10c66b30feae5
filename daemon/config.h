/* The configuration: a file of "key = value" lines, one table of options. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>

struct config {
	char *state_dir;      /* keys, ledger.json, the embedded cluster */
	char *listen;         /* address:port */
	char *aud;            /* the ledger's name, also the origin of its checkpoints */
	char *database;       /* conninfo of the role lovebankd; NULL: embedded */
	char *database_owner; /* conninfo of its owner, for init and upgrade */
	char *schema_dir;
	char *postgres_bin;   /* folder of initdb, postgres and psql */
	char *witnesses;      /* file of the witnesses' verifier keys; NULL: none */
	char *test_clock;     /* file with the time; NULL: the system's clock */
	unsigned signature_threads, read_connections, queue, connections, connections_per_key, witnesses_required;
};

/* Reads a file. NULL with every fault named in *ret_errors, one a line (malloc'd). */
struct config *config_read(const char *path, char **ret_errors);
struct config *config_free(struct config *config);

/* Prints each option with its value and meaning. */
void config_show(const struct config *config);

#endif
