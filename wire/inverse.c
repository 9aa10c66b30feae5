#include "wire/inverse.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define LIMBS 4 /* of 64 bits, the lowest first */
#define SHIFT_MAX 63

/* gcc leaves these short loops rolled up, which costs a third more. */
#define FOR_LIMBS(i) _Pragma("GCC unroll 4") for (int i = 0; i < LIMBS; i++)

__extension__ typedef unsigned __int128 wide;

static const uint64_t order[LIMBS] = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000};
#define MINUS_ORDER_INVERSE 0xccd1c8aaee00bc4f /* order * this = -1 modulo 2^64 */

/*
 * Two of them, a and b. At every step a.value * a.factor + b.value * b.factor is the order, so that no factor outgrows its
 * limbs; and modulo the order number * a.factor is b.value * 2^shifts.
 */
struct side {
	uint64_t value[LIMBS], factor[LIMBS];
};

static bool is_less(const uint64_t a[LIMBS], const uint64_t b[LIMBS])
{
	int i = LIMBS - 1;

	while (i > 0 && a[i] == b[i])
		i--;
	return a[i] < b[i];
}

static bool is_zero(const uint64_t a[LIMBS])
{
	return !(a[0] | a[1] | a[2] | a[3]);
}

static void add(uint64_t a[LIMBS], const uint64_t b[LIMBS])
{
	wide sum = 0;

	FOR_LIMBS(i) {
		sum += (wide)a[i] + b[i];
		a[i] = (uint64_t)sum;
		sum >>= 64;
	}
}

static void subtract(uint64_t a[LIMBS], const uint64_t b[LIMBS])
{
	uint64_t borrow = 0;

	FOR_LIMBS(i) {
		wide difference = (wide)a[i] - b[i] - borrow;

		a[i] = (uint64_t)difference;
		borrow = (uint64_t)(difference >> 64) & 1;
	}
}

/* By 1 .. 63 bits. */
static void shift_right(uint64_t a[LIMBS], unsigned bits)
{
	FOR_LIMBS(i)
		a[i] = a[i] >> bits | (i + 1 < LIMBS ? a[i + 1] << (64 - bits) : 0);
}

static void shift_left(uint64_t a[LIMBS], unsigned bits)
{
	FOR_LIMBS(i) {
		int at = LIMBS - 1 - i;

		a[at] = a[at] << bits | (at > 0 ? a[at - 1] >> (64 - bits) : 0);
	}
}

/* Takes the twos out of a value and puts them into its factor; how many. */
static unsigned make_odd(struct side *side)
{
	unsigned shifts = 0;

	while (!(side->value[0] & 1)) {
		unsigned bits = side->value[0] ? (unsigned)__builtin_ctzll(side->value[0]) : SHIFT_MAX;

		shift_right(side->value, bits);
		shift_left(side->factor, bits);
		shifts += bits;
	}
	return shifts;
}

/* The larger of two different odd values becomes smaller by the other. */
static unsigned step(struct side *larger, struct side *smaller)
{
	subtract(larger->value, smaller->value);
	add(smaller->factor, larger->factor);
	return make_odd(larger);
}

/* By 2^bits modulo the order, 1 .. 63 bits: adds the multiple of the order that makes them zeros. */
static void halve(uint64_t a[LIMBS], unsigned bits)
{
	uint64_t multiple = a[0] * MINUS_ORDER_INVERSE & ((UINT64_C(1) << bits) - 1);
	uint64_t sum[LIMBS + 1];
	wide carry = 0;

	FOR_LIMBS(i) {
		carry += (wide)multiple * order[i] + a[i];
		sum[i] = (uint64_t)carry;
		carry >>= 64;
	}
	sum[LIMBS] = (uint64_t)carry;
	FOR_LIMBS(i)
		a[i] = sum[i] >> bits | sum[i + 1] << (64 - bits);
}

static void take(const unsigned char bytes[INVERSE_BYTES], uint64_t ret_limbs[LIMBS])
{
	uint64_t limb;

	FOR_LIMBS(i) {
		memcpy(&limb, bytes + (LIMBS - 1 - i) * 8, 8);
		ret_limbs[i] = be64toh(limb);
	}
}

static void put(const uint64_t limbs[LIMBS], unsigned char ret_bytes[INVERSE_BYTES])
{
	FOR_LIMBS(i) {
		uint64_t limb = htobe64(limbs[i]);

		memcpy(ret_bytes + (LIMBS - 1 - i) * 8, &limb, 8);
	}
}

/* The binary algorithm of Euclid with the halving of the factors left to the end (Kaliski's almost inverse). */
bool inverse_modulo_order(const unsigned char number[INVERSE_BYTES], unsigned char ret_inverse[INVERSE_BYTES])
{
	struct side a = {.factor = {1}}, b = {.factor = {0}};
	unsigned shifts;

	memcpy(a.value, order, sizeof(order));
	take(number, b.value);
	if (is_zero(b.value) || !is_less(b.value, order))
		return false;
	shifts = make_odd(&b);
	for (;;)
		if (is_less(b.value, a.value))
			shifts += step(&a, &b);
		else if (is_less(a.value, b.value))
			shifts += step(&b, &a);
		else
			break; /* both 1, since the order is a prime */
	for (; shifts > SHIFT_MAX; shifts -= SHIFT_MAX)
		halve(a.factor, SHIFT_MAX);
	halve(a.factor, shifts);
	put(a.factor, ret_inverse);
	return true;
}
