/* The subcommands of lovebankd. Each returns the exit status: 0 done, 1 trouble, 2 usage or configuration. */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "daemon/config.h"

/* What the command line gave. */
struct arguments_given {
	const char *admin; /* file with the first administrator's enrolment request */
	const char *code, *name, *kind;
	const char *use; /* of a key */
};

int init_command(const struct config *config, const struct arguments_given *given);
int upgrade_command(const struct config *config, const struct arguments_given *given);
int serve_command(const struct config *config, const struct arguments_given *given);
int new_key_command(const struct config *config, const struct arguments_given *given);
int show_keys_command(const struct config *config, const struct arguments_given *given);
int check_config_command(const struct config *config, const struct arguments_given *given);
int status_command(const struct config *config, const struct arguments_given *given);

#endif
