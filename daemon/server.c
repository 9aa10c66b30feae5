#include "daemon/server.h"

#include "daemon/connection.h"
#include "wire/base.h"

#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 1024
#define DRAIN_S 5 /* until the connections of a draining server are cut */

struct server {
	struct evconnlistener *listener;
	struct connections connections;
	struct event *second; /* the only timer */
	char address[NI_MAXHOST + NI_MAXSERV + 4];
	bool draining;
	unsigned drain_deadline;
	void (*drained)(void *arg);
	void *drained_arg;
};

void server_memory_init(void)
{
	event_set_mem_functions(xmalloc, xrealloc, free);
}

static bool has_room(const struct server *server)
{
	return server->connections.count < server->connections.common.limits.connections;
}

static void on_left(void *arg)
{
	struct server *server = arg;

	if (!server->draining)
		evconnlistener_enable(server->listener);
	else if (server->connections.count == 0)
		event_active(server->second, 0, 0);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int length, void *arg)
{
	struct server *server = arg;
	const int one = 1;

	(void)address;
	(void)length;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection_new(&server->connections, fd);
	if (!has_room(server))
		evconnlistener_disable(listener);
}

/* No descriptor is left, most likely: on_second() tries again. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg;
	evconnlistener_disable(listener);
}

static void drain_check(struct server *server)
{
	if (server->connections.common.now >= server->drain_deadline)
		connections_free(&server->connections);
	if (server->connections.count == 0 && server->drained != NULL) {
		void (*drained)(void *) = server->drained;

		server->drained = NULL;
		drained(server->drained_arg); /* may free the server */
	}
}

/* Also made active, without its time having come, when the last connection leaves a draining server. */
static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;

	(void)fd;
	if (what & EV_TIMEOUT) {
		server->connections.common.now++;
		connections_check(&server->connections);
	}
	if (server->draining)
		drain_check(server);
	else if (has_room(server))
		evconnlistener_enable(server->listener);
}

static void start_seconds(struct server *server)
{
	const struct timeval second = { 1, 0 };

	server->second = event_new(server->connections.base, -1, EV_PERSIST, on_second, server);
	event_add(server->second, &second);
}

static void find_address(struct server *server)
{
	struct sockaddr_storage bound = { 0 };
	socklen_t length = sizeof(bound);
	char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";

	getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&bound, &length);
	getnameinfo((struct sockaddr *)&bound, length, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(server->address, sizeof(server->address), bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* "host:port" or "[host]:port", numbers only. 0 or -1. */
static int parse_address(const char *address, struct sockaddr_storage *ret_where, int *ret_length)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	_cleanup_free_ char *copy = xstrdup(address);
	char *host = copy, *colon = strrchr(copy, ':');
	struct addrinfo *found;

	if (!colon || colon == copy || !colon[1])
		return -1;
	*colon = '\0';
	if (host[0] == '[' && colon[-1] == ']') {
		host++;
		colon[-1] = '\0';
	}
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return -1;
	memcpy(ret_where, found->ai_addr, found->ai_addrlen);
	*ret_length = (int)found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int server_listen(struct server *server, const char *address, char **ret_error)
{
	struct sockaddr_storage where;
	int length;

	if (parse_address(address, &where, &length) != 0) {
		*ret_error = xasprintf("%s is not an address and a port", address);
		return -1;
	}
	server->listener = evconnlistener_new_bind(server->connections.base, on_accept, server,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
						   (struct sockaddr *)&where, length);
	if (server->listener == NULL) {
		*ret_error = xasprintf("cannot listen on %s: %s", address, strerror(errno));
		return -1;
	}
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	find_address(server);
	return 0;
}

struct server *server_new(struct event_base *base, const char *address, const struct key *key,
			  const struct server_limits *limits, server_handler *handler, void *arg, char **ret_error)
{
	struct server *server = xcalloc(1, sizeof(*server));

	server->connections = (struct connections){ .base = base, .left = on_left, .arg = server };
	TAILQ_INIT(&server->connections.list);
	if (server_listen(server, address, ret_error) < 0) {
		free(server);
		return NULL;
	}
	server->connections.common.limits = *limits;
	server->connections.common.handler = handler;
	server->connections.common.arg = arg;
	session_common_init(&server->connections.common);
	server->connections.tls = tls_new(key);
	start_seconds(server);
	return server;
}

void server_set_key(struct server *server, const struct key *key)
{
	tls_use(server->connections.tls, key);
}

const char *server_address(const struct server *server)
{
	return server->address;
}

void server_drain(struct server *server, void (*done)(void *), void *arg)
{
	if (server->draining)
		return;
	server->draining = true;
	server->drain_deadline = server->connections.common.now + DRAIN_S + 1;
	server->drained = done;
	server->drained_arg = arg;
	evconnlistener_disable(server->listener);
	connections_leave(&server->connections);
	event_active(server->second, 0, 0);
}

struct server *server_free(struct server *server)
{
	if (server == NULL)
		return NULL;
	server->draining = true; /* nothing is accepted in the place of what goes */
	connections_free(&server->connections);
	evconnlistener_free(server->listener);
	event_free(server->second);
	tls_free(server->connections.tls);
	session_common_clear(&server->connections.common);
	free(server);
	return NULL;
}
