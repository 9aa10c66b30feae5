#include "tests/bench/load_connection.h"

#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE_S 5
#define RECORD 16384                /* bytes of a TLS record at most */
#define STREAM_WINDOW (4 << 20)     /* the receipts of a bulk command */
#define CONNECTION_WINDOW (64 << 20)

struct connection {
	const struct party *party;
	answered_fn *answered;
	int fd;
	SSL *ssl;
	nghttp2_session *h2;
	struct bytes out;
	size_t out_sent;
	bool leaving; /* the daemon wants no more requests on it */
};

static void must(int result)
{
	if (result < 0)
		BUG("nghttp2: %s", nghttp2_strerror(result));
}

/* -------------------------------------------------------------- HTTP/2 */

static struct request *request_of(nghttp2_session *h2, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(h2, stream);
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_length, const uint8_t *value,
		     size_t length, uint8_t flags, void *user)
{
	struct request *request = request_of(h2, frame->hd.stream_id);

	(void)length;
	(void)flags;
	(void)user;
	if (request && name_length == 7 && memcmp(name, ":status", 7) == 0)
		request->status = atoi((const char *)value); /* three digits: nghttp2 has looked */
	return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream, const uint8_t *data, size_t length, void *user)
{
	struct request *request = request_of(h2, stream);

	(void)flags;
	(void)user;
	if (request)
		bytes_add(&request->reply, data, length);
	return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t stream, uint32_t error, void *user)
{
	struct connection *connection = user;
	struct request *request = request_of(h2, stream);

	if (error != NGHTTP2_NO_ERROR)
		request->status = 0;
	connection->answered(request);
	return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
	struct connection *connection = user;

	(void)h2;
	connection->leaving |= frame->hd.type == NGHTTP2_GOAWAY;
	return 0;
}

static ssize_t on_body_wanted(nghttp2_session *h2, int32_t stream, uint8_t *buffer, size_t room, uint32_t *flags, nghttp2_data_source *source,
			      void *user)
{
	struct request *request = source->ptr;
	size_t left = request->body.length - request->sent, length = left < room ? left : room;

	(void)h2;
	(void)stream;
	(void)user;
	memcpy(buffer, request->body.at + request->sent, length);
	request->sent += length;
	if (length == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static void start_h2(struct connection *connection)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
	};
	nghttp2_session_callbacks *callbacks;

	must(nghttp2_session_callbacks_new(&callbacks));
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	must(nghttp2_session_client_new(&connection->h2, callbacks, connection));
	nghttp2_session_callbacks_del(callbacks);
	must(nghttp2_submit_settings(connection->h2, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])));
	must(nghttp2_session_set_local_window_size(connection->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW));
}

/* nghttp2 copies neither: both stay until the request is answered. */
static nghttp2_nv header(const char *name, const char *value, size_t length)
{
	union {
		const char *in;
		uint8_t *out;
	} n = { .in = name }, v = { .in = value };

	return (nghttp2_nv){ n.out, v.out, strlen(name), length, NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE };
}

void connection_ask(struct connection *connection, struct request *request)
{
	const char *address = connection->party->ledger.address;
	bool posts = request->body.length > 0;
	nghttp2_data_provider provider = { .source.ptr = request, .read_callback = on_body_wanted };
	nghttp2_nv headers[] = {
		header(":method", posts ? "POST" : "GET", posts ? 4 : 3),
		header(":scheme", "https", 5),
		header(":authority", address, strlen(address)),
		header(":path", request->path.at, request->path.length),
		header("content-type", "application/jose+json", 21),
	};

	request->party = connection->party;
	request->sent = request->reply.length = 0;
	request->status = 0;
	must(nghttp2_submit_request(connection->h2, NULL, headers, posts ? 5 : 4, posts ? &provider : NULL, request));
}

/* -------------------------------------------------------------- TLS */

static int open_socket(const char *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	const struct timeval patience = { .tv_sec = HANDSHAKE_S };
	const char *colon = strrchr(address, ':');
	bool bracketed = *address == '[';
	_cleanup_free_ char *host = xstrndup(address + bracketed, colon ? (size_t)(colon - address) - 2 * bracketed : 0);
	struct addrinfo *info;
	int fd, one = 1;

	if (!colon || getaddrinfo(host, colon + 1, &hints, &info) != 0)
		fail("there is no address %s", address);
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("no socket: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, info->ai_addr, info->ai_addrlen) < 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(info);
	return fd;
}

/* The key that the daemon has shown is the pinned one: otherwise nothing must be sent. */
static void check_pin(const struct connection *connection)
{
	X509 *certificate = SSL_get1_peer_certificate(connection->ssl);
	struct key *key = certificate ? key_from_certificate(certificate) : NULL;

	if (!key || !party_pins(connection->party, key))
		fail("the daemon at %s shows another key than the pinned one", connection->party->ledger.address);
	key_free(key);
	X509_free(certificate);
}

static const char *shake_hands(struct connection *connection)
{
	const unsigned char *protocol;
	unsigned length;

	connection->ssl = SSL_new(connection->party->context);
	SSL_set_fd(connection->ssl, connection->fd);
	ERR_clear_error();
	if (SSL_connect(connection->ssl) != 1)
		return "the handshake failed";
	check_pin(connection);
	SSL_get0_alpn_selected(connection->ssl, &protocol, &length);
	if (length != 2 || memcmp(protocol, "h2", 2) != 0)
		return "the daemon does not speak HTTP/2";
	fcntl(connection->fd, F_SETFL, fcntl(connection->fd, F_GETFL) | O_NONBLOCK);
	return NULL;
}

struct connection *connection_open(const struct party *party, answered_fn *answered, const char **ret_reason)
{
	struct connection *connection = xcalloc(1, sizeof(*connection));

	connection->party = party;
	connection->answered = answered;
	connection->fd = open_socket(party->ledger.address);
	*ret_reason = connection->fd < 0 ? strerror(errno) : shake_hands(connection);
	if (*ret_reason)
		return connection_free(connection);
	bytes_reserve(&connection->out, RECORD);
	start_h2(connection);
	return connection;
}

struct connection *connection_free(struct connection *connection)
{
	if (!connection)
		return NULL;
	nghttp2_session_del(connection->h2);
	SSL_free(connection->ssl);
	if (connection->fd >= 0)
		close(connection->fd);
	free(connection->out.at);
	free(connection);
	return NULL;
}

int connection_fd(const struct connection *connection)
{
	return connection->fd;
}

const struct party *connection_party(const struct connection *connection)
{
	return connection->party;
}

/* Fills the record that goes out next with whatever HTTP/2 has to send. */
static void gather(struct connection *connection)
{
	const uint8_t *bytes;
	ssize_t length;

	connection->out.length -= connection->out_sent;
	memmove(connection->out.at, connection->out.at + connection->out_sent, connection->out.length);
	connection->out_sent = 0;
	while (connection->out.length < RECORD) {
		length = nghttp2_session_mem_send(connection->h2, &bytes);
		must((int)length);
		if (length == 0)
			return;
		bytes_add(&connection->out, bytes, (size_t)length);
	}
}

int connection_flush(struct connection *connection)
{
	for (;;) {
		int written;

		gather(connection);
		if (!connection->out.length)
			return 0;
		ERR_clear_error();
		written = SSL_write(connection->ssl, connection->out.at, (int)connection->out.length);
		if (written <= 0)
			return SSL_get_error(connection->ssl, written) == SSL_ERROR_WANT_WRITE ? 0 : -1;
		connection->out_sent = (size_t)written;
	}
}

int connection_read(struct connection *connection)
{
	static unsigned char buffer[RECORD];

	while (!connection->leaving) {
		int length;

		ERR_clear_error();
		length = SSL_read(connection->ssl, buffer, sizeof(buffer));
		if (length <= 0)
			return SSL_get_error(connection->ssl, length) == SSL_ERROR_WANT_READ ? 0 : -1;
		if (nghttp2_session_mem_recv(connection->h2, buffer, (size_t)length) != length)
			return -1;
	}
	return -1;
}
