#include "daemon/connection.h"

#include "wire/base.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORD TLS_RECORD_MAX
#define TURN_MAX (64 * 1024)      /* read in one turn of the loop: others come next */
#define UNSENT_MAX (1024 * 1024)  /* bytes of answers that wait for a socket without room: more are not asked for */
#define CLOSING_S 5               /* until a closing connection is cut */

/* session is NULL during the handshake. A connection that has said all lingers until the client has read it: closing
 * a socket with unread input would take the last answer away from the client. */
struct connection {
	TAILQ_ENTRY(connection) link;
	struct connections *all;
	evutil_socket_t fd;
	SSL *ssl;
	struct event readable;
	struct event writable; /* only while something waits for room */
	struct event more;     /* in the next turn of the loop: what TLS may still hold is read, the socket may have no more */
	struct event flush;    /* writes what a burst of answers left in the session, once for each turn of the loop */
	struct session *session;
	struct peer *peer;       /* NULL: without a client certificate */
	unsigned char *unsent;   /* what TLS has not taken, NULL if nothing */
	size_t unsent_length, unsent_done;
	unsigned deadline;       /* cut when common.now has passed it; 0: none */
	bool anonymous;          /* counted among those */
	bool paused;             /* nothing is read: see UNSENT_MAX */
	bool lingering;
};

static void connection_free(struct connection *connection)
{
	struct connections *all = connection->all;

	TAILQ_REMOVE(&all->list, connection, link);
	all->count--;
	all->anonymous -= connection->anonymous ? 1 : 0;
	event_del(&connection->readable);
	event_del(&connection->writable);
	event_del(&connection->more);
	event_del(&connection->flush);
	session_free(connection->session);
	peer_leave(connection->peer);
	tls_end(connection->ssl);
	close(connection->fd);
	free(connection->unsent);
	free(connection);
	all->left(all->arg);
}

static void connection_set_deadline(struct connection *connection, unsigned seconds)
{
	connection->deadline = connection->all->common.now + seconds + 1;
}

static void connection_read_later(struct connection *connection)
{
	const struct timeval now = { 0, 0 };

	event_add(&connection->more, &now);
}

/* -------------------------------------------------------------- writing */

/* Everything is sent: says so in TLS and TCP and waits for the client to close. */
static void connection_linger(struct connection *connection)
{
	connection->lingering = true;
	tls_close(connection->ssl);
	shutdown(connection->fd, SHUT_WR);
}

/* A client that does not read its answers is not read either. */
static void connection_pace(struct connection *connection)
{
	bool pause = connection->unsent != NULL && session_unsent(connection->session) >= UNSENT_MAX;

	if (pause == connection->paused)
		return;
	connection->paused = pause;
	if (pause) {
		event_del(&connection->readable);
	} else {
		event_add(&connection->readable, NULL);
		connection_read_later(connection);
	}
}

/* TLS has no room: what it has not taken waits, and behind it what is left of the session's last piece. */
static void connection_keep(struct connection *connection, const unsigned char *bytes, size_t length, const unsigned char *more,
			    size_t more_length)
{
	connection->unsent = xmalloc(length + more_length);
	memcpy(connection->unsent, bytes, length);
	if (more_length > 0)
		memcpy(connection->unsent + length, more, more_length);
	connection->unsent_length = length + more_length;
	connection->unsent_done = 0;
	event_add(&connection->writable, NULL);
}

/* 1: nothing waits any more, 0: the socket has no room, -1: the connection must be cut. */
static int connection_write_unsent(struct connection *connection)
{
	while (connection->unsent_done < connection->unsent_length) {
		size_t left = connection->unsent_length - connection->unsent_done;
		ssize_t done = tls_write(connection->ssl, connection->unsent + connection->unsent_done, left < RECORD ? left : RECORD);

		if (done < 0)
			return -1;
		if (done == 0) {
			event_add(&connection->writable, NULL);
			return 0;
		}
		connection->unsent_done += (size_t)done;
	}
	free(connection->unsent);
	connection->unsent = NULL;
	connection->unsent_length = connection->unsent_done = 0;
	return 1;
}

/* Gathers the session's frames into whole records. As above. */
static int connection_write_session(struct connection *connection)
{
	unsigned char record[RECORD];
	const unsigned char *piece = NULL;
	ssize_t length = 0;

	do {
		size_t used = 0;

		while (used < RECORD && (length > 0 || (length = session_take(connection->session, &piece)) > 0)) {
			size_t part = (size_t)length < RECORD - used ? (size_t)length : RECORD - used;

			memcpy(record + used, piece, part);
			used += part;
			piece += part;
			length -= (ssize_t)part;
		}
		if (length < 0)
			return -1;
		if (used > 0) {
			ssize_t done = tls_write(connection->ssl, record, used);

			if (done < 0)
				return -1;
			if ((size_t)done < used) {
				connection_keep(connection, record + done, used - (size_t)done, piece, (size_t)length);
				return 0;
			}
		}
		if (used < RECORD)
			return 1;
	} while (true);
}

static void connection_write(struct connection *connection)
{
	int status = connection_write_unsent(connection);

	if (status > 0)
		status = connection_write_session(connection);
	if (status < 0) {
		connection_free(connection);
		return;
	}
	connection_pace(connection);
	if (!session_is_over(connection->session))
		return;
	if (connection->deadline == 0)
		connection_set_deadline(connection, CLOSING_S);
	if (status > 0 && session_is_done(connection->session))
		connection_linger(connection);
}

static void connection_wake(void *arg)
{
	struct connection *connection = arg;

	event_active(&connection->flush, 0, 0);
}

/* -------------------------------------------------------------- the handshake */

static const char *connection_join_anonymous(struct connection *connection)
{
	struct connections *all = connection->all;

	if (all->anonymous >= all->common.limits.connections / 4)
		return "too_many_connections";
	connection->anonymous = true;
	all->anonymous++;
	return NULL;
}

/* Who the client is, and why it is not served: a problem's code or NULL. Only a connection that is served counts for
 * its key. */
static const char *connection_join(struct connection *connection)
{
	struct connections *all = connection->all;
	struct peer *peer = tls_join(all->tls, connection->ssl);

	if (peer == NULL)
		return connection_join_anonymous(connection);
	if (peer->connections > all->common.limits.connections_per_key) {
		peer_leave(peer);
		return "too_many_connections";
	}
	connection->peer = peer;
	return NULL;
}

/* The handshake is done. */
static void connection_open(struct connection *connection)
{
	const char *refusal = connection_join(connection);

	connection->deadline = 0;
	connection->session = session_new(&connection->all->common, connection->peer, refusal, connection_wake, connection);
	if (connection->all->leaving)
		session_go_away(connection->session);
}

/* Whether there is a session now. */
static bool connection_shake(struct connection *connection)
{
	int status = tls_handshake(connection->ssl);

	if (status < 0 || (status > 0 && !tls_is_h2(connection->ssl))) {
		connection_free(connection);
		return false;
	}
	if (status > 0)
		connection_open(connection);
	else if (SSL_want_write(connection->ssl))
		event_add(&connection->writable, NULL);
	return status > 0;
}

/* -------------------------------------------------------------- reading */

static void connection_discard(struct connection *connection)
{
	unsigned char bytes[RECORD];
	ssize_t length = recv(connection->fd, bytes, sizeof(bytes), 0);

	if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
		connection_free(connection);
}

static void connection_read(struct connection *connection)
{
	unsigned char bytes[RECORD];

	for (size_t taken = 0; taken < TURN_MAX;) {
		ssize_t length = tls_read(connection->ssl, bytes, sizeof(bytes));

		if (length < 0 || (length > 0 && session_read(connection->session, bytes, (size_t)length) < 0)) {
			connection_free(connection);
			return;
		}
		if (length == 0 && SSL_want_write(connection->ssl))
			event_add(&connection->writable, NULL);
		if (length == 0 || !SSL_has_pending(connection->ssl))
			return;
		taken += (size_t)length;
	}
	connection_read_later(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;

	(void)fd;
	(void)what;
	if (connection->lingering)
		connection_discard(connection);
	else if (!connection->paused && (connection->session != NULL || connection_shake(connection)))
		connection_read(connection);
}

/* Reading may have waited for room as well: TLS answers some of what it reads. */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;

	(void)fd;
	(void)what;
	connection_read_later(connection);
	if (connection->session != NULL)
		connection_wake(connection);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct connection *connection = arg;

	(void)fd;
	(void)what;
	if (!connection->lingering)
		connection_write(connection);
}

/* -------------------------------------------------------------- all of them */

void connection_new(struct connections *all, evutil_socket_t fd)
{
	struct connection *connection = xcalloc(1, sizeof(*connection));

	connection->all = all;
	connection->fd = fd;
	connection->ssl = tls_accept(all->tls, fd);
	event_assign(&connection->readable, all->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
	event_assign(&connection->writable, all->base, fd, EV_WRITE, on_writable, connection);
	event_assign(&connection->more, all->base, -1, 0, on_readable, connection);
	event_assign(&connection->flush, all->base, -1, 0, on_flush, connection);
	connection_set_deadline(connection, all->common.limits.handshake_s);
	TAILQ_INSERT_TAIL(&all->list, connection, link);
	all->count++;
	event_add(&connection->readable, NULL);
}

static void connection_check(struct connection *connection)
{
	if (connection->deadline != 0 && connection->all->common.now >= connection->deadline)
		connection_free(connection);
	else if (connection->session != NULL)
		session_check(connection->session);
}

static void connection_leave(struct connection *connection)
{
	if (connection->session == NULL)
		connection_free(connection);
	else if (!connection->lingering)
		session_go_away(connection->session);
}

/* Each may free itself. */
static void connections_each(struct connections *all, void (*what)(struct connection *))
{
	struct connection *connection, *next;

	for (connection = TAILQ_FIRST(&all->list); connection != NULL; connection = next) {
		next = TAILQ_NEXT(connection, link);
		what(connection);
	}
}

void connections_check(struct connections *all)
{
	connections_each(all, connection_check);
}

void connections_leave(struct connections *all)
{
	all->leaving = true;
	connections_each(all, connection_leave);
}

void connections_free(struct connections *all)
{
	connections_each(all, connection_free);
}
