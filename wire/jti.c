#include "wire/jti.h"

#include "wire/base.h"
#include "wire/clock.h"

#include <openssl/rand.h>

#define TIME_BYTES 6

void jti_stamp(unsigned char jti[JTI_BYTES], int64_t now)
{
	uint64_t ms = (uint64_t)now / 1000, fraction = (uint64_t)now % 1000 * 4096 / 1000;

	for (int i = TIME_BYTES - 1; i >= 0; i--, ms >>= 8)
		jti[i] = (unsigned char)ms;
	jti[6] = (unsigned char)(0x70 | fraction >> 8); /* version */
	jti[7] = (unsigned char)fraction;
	jti[8] = (jti[8] & 0x3f) | 0x80; /* variant */
}

void jti_new(unsigned char ret_jti[JTI_BYTES])
{
	if (RAND_bytes(ret_jti, JTI_BYTES) != 1)
		BUG("no random bytes");
	jti_stamp(ret_jti, clock_now());
}
