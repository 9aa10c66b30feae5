/* What a run of the command works with: where it is at home, how it was asked to speak, its connection. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "client/home.h"
#include "client/http.h"
#include "wire/key.h"

#include <stdbool.h>

struct client {
	char *home;
	bool json; /* print verified payloads as they are */
	bool yes;  /* do not ask */
	bool lang_given;
	struct key *key;
	struct ledger *ledger;
	struct http *http;
};

/* Reads key and ledger and makes the connection's certificate, once. EXIT_OK, or EXIT_LOCAL after saying why. */
int client_open(struct client *client);
void client_close(struct client *client);

#endif
