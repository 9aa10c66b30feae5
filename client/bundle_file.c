/* The files of a bundle while it is made: created once, listed, summed. */
#include "client/bundle.h"
#include "client/exit.h"
#include "client/say.h"
#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536

static int say_file(const struct bundle *bundle, const char *name)
{
	say_error("%s/%s: %s", bundle->folder, name, strerror(errno));
	return EXIT_LOCAL;
}

static int make_folders(const char *path)
{
	_cleanup_free_ char *part = xstrdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

FILE *bundle_create(struct bundle *bundle, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", bundle->folder, name);
	FILE *file = make_folders(path) < 0 ? NULL : fopen(path, "wxe");

	if (!file) {
		say_file(bundle, name);
		return NULL;
	}
	if ((bundle->file_count & (bundle->file_count - 1)) == 0)
		bundle->files = xrealloc(bundle->files, (bundle->file_count ? bundle->file_count * 2 : 1) * sizeof(*bundle->files));
	bundle->files[bundle->file_count++] = xstrdup(name);
	return file;
}

int bundle_close(const char *name, FILE *file)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) == 0 && !failed)
		return EXIT_OK;
	say_error("%s: %s", name, strerror(errno ? errno : EIO));
	return EXIT_LOCAL;
}

int bundle_write(struct bundle *bundle, const char *name, const void *bytes, size_t length)
{
	FILE *file = bundle_create(bundle, name);

	if (!file)
		return EXIT_LOCAL;
	fwrite(bytes, 1, length, file);
	return bundle_close(name, file);
}

bool bundle_has(const struct bundle *bundle, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", bundle->folder, name);

	return access(path, F_OK) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "hash  name" as sha256sum has it. */
static int put_sum(const struct bundle *bundle, const char *name, FILE *out)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", bundle->folder, name);
	unsigned char block[BLOCK], hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	FILE *file = fopen(path, "re");
	size_t got;

	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		BUG("no SHA-256");
	while (file && (got = fread(block, 1, sizeof(block), file)) > 0)
		EVP_DigestUpdate(context, block, got);
	EVP_DigestFinal_ex(context, hash, NULL);
	EVP_MD_CTX_free(context);
	if (!file || ferror(file)) {
		if (file)
			fclose(file);
		return say_file(bundle, name);
	}
	fclose(file);
	for (size_t i = 0; i < 32; i++)
		fprintf(out, "%02x", hash[i]);
	fprintf(out, "  %s\n", name);
	return EXIT_OK;
}

int bundle_sums(struct bundle *bundle)
{
	size_t count = bundle->file_count;
	FILE *out = bundle_create(bundle, "SHA256SUMS");
	int code = EXIT_OK;

	if (!out)
		return EXIT_LOCAL;
	qsort(bundle->files, count, sizeof(*bundle->files), by_name);
	for (size_t i = 0; i < count && code == EXIT_OK; i++)
		code = put_sum(bundle, bundle->files[i], out);
	return bundle_close("SHA256SUMS", out) == EXIT_OK ? code : EXIT_LOCAL;
}

/* Removes the folders above a file that are empty now, up to the bundle's. */
static void remove_folders(const struct bundle *bundle, char *path)
{
	size_t top = strlen(bundle->folder);
	char *slash;

	while ((slash = strrchr(path, '/')) && (size_t)(slash - path) > top) {
		*slash = '\0';
		if (rmdir(path) < 0)
			return;
	}
}

void bundle_discard(struct bundle *bundle)
{
	for (size_t i = 0; i < bundle->file_count; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", bundle->folder, bundle->files[i]);

		unlink(path);
		remove_folders(bundle, path);
	}
	rmdir(bundle->folder);
}
