#include "client/client.h"

#include "client/exit.h"

#include <stdlib.h>

int client_open(struct client *client)
{
	if (client->http)
		return EXIT_OK;
	client->key = home_key(client->home);
	if (!client->key)
		return EXIT_LOCAL;
	client->ledger = home_ledger(client->home);
	if (!client->ledger)
		return EXIT_LOCAL;
	client->http = http_new(client->key, client->ledger);
	return EXIT_OK;
}

void client_close(struct client *client)
{
	http_free(client->http);
	ledger_free(client->ledger);
	key_free(client->key);
	free(client->home);
}
