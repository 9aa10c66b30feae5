#include "daemon/server.h"

#include "daemon/session.h"
#include "daemon/tls.h"
#include "wire/base.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 1024
#define OUTPUT_MAX (1024 * 1024) /* more waits in the session, and nothing more is read */
#define OUTPUT_LOW (256 * 1024)  /* down here more is written and read again */
#define CLOSING_S 5              /* until a closing connection is cut, also on drain */

/* session is NULL during the handshake. A connection that has said all lingers until the client has read it: closing
 * a socket with unread input would take the last answer away from the client. */
struct connection {
	TAILQ_ENTRY(connection) link;
	struct server *server;
	struct bufferevent *bev;
	struct event flush; /* writes what a burst of answers left in the session, once for each turn of the loop */
	struct session *session;
	struct peer *peer; /* NULL: without a client certificate */
	bool anonymous;    /* counted among those */
	unsigned deadline; /* cut when common.now has passed it; 0: none */
	bool lingering;
};

TAILQ_HEAD(connection_list, connection);

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct tls *tls;
	struct session_common common;
	struct connection_list connections;
	unsigned count, anonymous;
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

static void connection_free(struct connection *connection)
{
	struct server *server = connection->server;

	TAILQ_REMOVE(&server->connections, connection, link);
	server->count--;
	server->anonymous -= connection->anonymous ? 1 : 0;
	event_del(&connection->flush);
	session_free(connection->session);
	peer_leave(connection->peer);
	bufferevent_free(connection->bev);
	free(connection);
	if (!server->draining)
		evconnlistener_enable(server->listener);
	else if (server->count == 0)
		event_active(server->second, 0, 0);
}

static void connection_set_deadline(struct connection *connection, unsigned seconds)
{
	connection->deadline = connection->server->common.now + seconds + 1;
}

/* Everything is sent: says so in TLS and TCP and waits for the client to close. */
static void connection_linger(struct connection *connection)
{
	connection->lingering = true;
	bufferevent_disable(connection->bev, EV_WRITE);
	bufferevent_enable(connection->bev, EV_READ);
	SSL_shutdown(bufferevent_openssl_get_ssl(connection->bev));
	ERR_clear_error();
	shutdown(bufferevent_getfd(connection->bev), SHUT_WR);
}

/* A client that does not read its answers is not read either. */
static void connection_throttle(struct connection *connection, bool full)
{
	if (full)
		bufferevent_disable(connection->bev, EV_READ);
	else if (!(bufferevent_get_enabled(connection->bev) & EV_READ))
		bufferevent_enable(connection->bev, EV_READ);
}

/* Small frames are gathered, so that a burst of answers leaves in one TLS record. */
struct gather {
	struct evbuffer *output;
	size_t used;
	unsigned char bytes[16000];
};

static void gather_flush(struct gather *gather)
{
	/* Adding nothing would leave libevent an empty chunk that splits the next record in two. */
	if (gather->used > 0)
		evbuffer_add(gather->output, gather->bytes, gather->used);
	gather->used = 0;
}

static void gather_add(struct gather *gather, const unsigned char *bytes, size_t length)
{
	if (length > sizeof(gather->bytes) - gather->used)
		gather_flush(gather);
	if (length > sizeof(gather->bytes)) {
		evbuffer_add(gather->output, bytes, length);
		return;
	}
	memcpy(gather->bytes + gather->used, bytes, length);
	gather->used += length;
}

/* 0, or -1: the connection must be cut. */
static int connection_fill(struct connection *connection, struct evbuffer *output)
{
	struct gather gather;
	const unsigned char *bytes;
	ssize_t length = 0;

	gather.output = output;
	gather.used = 0;
	while (evbuffer_get_length(output) + gather.used < OUTPUT_MAX &&
	       (length = session_take(connection->session, &bytes)) > 0)
		gather_add(&gather, bytes, (size_t)length);
	gather_flush(&gather);
	return length < 0 ? -1 : 0;
}

static void connection_write(struct connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->bev);

	if (connection_fill(connection, output) < 0) {
		connection_free(connection);
		return;
	}
	connection_throttle(connection, evbuffer_get_length(output) >= OUTPUT_MAX);
	if (!session_is_over(connection->session))
		return;
	if (connection->deadline == 0)
		connection_set_deadline(connection, CLOSING_S);
	if (session_is_done(connection->session) && evbuffer_get_length(output) == 0)
		connection_linger(connection);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;

	(void)fd;
	(void)what;
	if (!connection->lingering)
		connection_write(connection);
}

static void connection_wake(void *arg)
{
	struct connection *connection = arg;

	event_active(&connection->flush, 0, 0);
}

static void on_write(struct bufferevent *bev, void *arg)
{
	struct connection *connection = arg;

	(void)bev;
	if (connection->session != NULL && !connection->lingering)
		connection_write(connection);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct connection *connection = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t length;

	if (connection->lingering)
		evbuffer_drain(input, evbuffer_get_length(input));
	while ((length = evbuffer_get_contiguous_space(input)) > 0) {
		if (session_read(connection->session, evbuffer_pullup(input, (ev_ssize_t)length), length) < 0) {
			connection_free(connection);
			return;
		}
		evbuffer_drain(input, length);
	}
}

static const char *connection_join_anonymous(struct connection *connection)
{
	struct server *server = connection->server;

	if (server->anonymous >= server->common.limits.connections / 4)
		return "too_many_connections";
	connection->anonymous = true;
	server->anonymous++;
	return NULL;
}

/* Who the client is, and why it is not served: a problem's code or NULL. Only a connection that is served counts for
 * its key. */
static const char *connection_join(struct connection *connection, const SSL *ssl)
{
	struct server *server = connection->server;
	struct peer *peer = tls_join(server->tls, ssl);

	if (peer == NULL)
		return connection_join_anonymous(connection);
	if (peer->connections > server->common.limits.connections_per_key) {
		peer_leave(peer);
		return "too_many_connections";
	}
	connection->peer = peer;
	return NULL;
}

/* The handshake is done. */
static void connection_open(struct connection *connection)
{
	struct server *server = connection->server;
	const SSL *ssl = bufferevent_openssl_get_ssl(connection->bev);
	const char *refusal;

	if (!tls_is_h2(ssl)) {
		connection_free(connection);
		return;
	}
	connection->deadline = 0;
	refusal = connection_join(connection, ssl);
	connection->session = session_new(&server->common, connection->peer, refusal, connection_wake, connection);
	if (server->draining)
		session_go_away(connection->session);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *connection = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		connection_open(connection);
	else
		connection_free(connection);
}

static void connection_new(struct server *server, evutil_socket_t fd)
{
	struct connection *connection = xcalloc(1, sizeof(*connection));

	connection->server = server;
	connection->bev = bufferevent_openssl_socket_new(server->base, fd, tls_accept(server->tls),
							 BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (connection->bev == NULL)
		BUG("no TLS connection can be made");
	event_assign(&connection->flush, server->base, -1, 0, on_flush, connection);
	connection_set_deadline(connection, server->common.limits.handshake_s);
	TAILQ_INSERT_TAIL(&server->connections, connection, link);
	server->count++;
	bufferevent_setcb(connection->bev, on_read, on_write, on_event, connection);
	bufferevent_setwatermark(connection->bev, EV_WRITE, OUTPUT_LOW, 0);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int length, void *arg)
{
	struct server *server = arg;
	const int one = 1;

	(void)address;
	(void)length;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection_new(server, fd);
	if (server->count >= server->common.limits.connections)
		evconnlistener_disable(listener);
}

/* No descriptor is left, most likely: on_second() tries again. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg;
	evconnlistener_disable(listener);
}

static void connection_check(struct connection *connection)
{
	if (connection->deadline != 0 && connection->server->common.now >= connection->deadline)
		connection_free(connection);
	else if (connection->session != NULL)
		session_check(connection->session);
}

static void free_connections(struct server *server)
{
	struct connection *connection, *next;

	for (connection = TAILQ_FIRST(&server->connections); connection != NULL; connection = next) {
		next = TAILQ_NEXT(connection, link);
		connection_free(connection);
	}
}

static void drain_check(struct server *server)
{
	if (server->common.now >= server->drain_deadline)
		free_connections(server);
	if (server->count == 0 && server->drained != NULL) {
		void (*drained)(void *) = server->drained;

		server->drained = NULL;
		drained(server->drained_arg); /* may free the server */
	}
}

/* Also made active, without its time having come, when the last connection leaves a draining server. */
static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;
	struct connection *connection, *next;

	(void)fd;
	if (what & EV_TIMEOUT) {
		server->common.now++;
		for (connection = TAILQ_FIRST(&server->connections); connection != NULL; connection = next) {
			next = TAILQ_NEXT(connection, link);
			connection_check(connection);
		}
	}
	if (server->draining)
		drain_check(server);
	else if (server->count < server->common.limits.connections)
		evconnlistener_enable(server->listener);
}

static void start_seconds(struct server *server)
{
	const struct timeval second = { 1, 0 };

	server->second = event_new(server->base, -1, EV_PERSIST, on_second, server);
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
	server->listener = evconnlistener_new_bind(server->base, on_accept, server,
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

	server->base = base;
	TAILQ_INIT(&server->connections);
	if (server_listen(server, address, ret_error) < 0) {
		free(server);
		return NULL;
	}
	server->common.limits = *limits;
	server->common.handler = handler;
	server->common.arg = arg;
	session_common_init(&server->common);
	server->tls = tls_new(key);
	start_seconds(server);
	return server;
}

void server_set_key(struct server *server, const struct key *key)
{
	tls_use(server->tls, key);
}

const char *server_address(const struct server *server)
{
	return server->address;
}

void server_drain(struct server *server, void (*done)(void *), void *arg)
{
	struct connection *connection, *next;

	if (server->draining)
		return;
	server->draining = true;
	server->drain_deadline = server->common.now + CLOSING_S + 1;
	server->drained = done;
	server->drained_arg = arg;
	evconnlistener_disable(server->listener);
	for (connection = TAILQ_FIRST(&server->connections); connection != NULL; connection = next) {
		next = TAILQ_NEXT(connection, link);
		if (connection->session == NULL)
			connection_free(connection);
		else if (!connection->lingering)
			session_go_away(connection->session);
	}
	event_active(server->second, 0, 0);
}

struct server *server_free(struct server *server)
{
	if (server == NULL)
		return NULL;
	server->draining = true; /* nothing is accepted in the place of what goes */
	free_connections(server);
	evconnlistener_free(server->listener);
	event_free(server->second);
	tls_free(server->tls);
	session_common_clear(&server->common);
	free(server);
	return NULL;
}
