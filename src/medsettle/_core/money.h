/* Money: whole fen in 64 bits; inside one claim, exact multiples of 1/den fen in 128 bits.
 *
 * Every rounding and every division of money in the kernel is here.  Limits: an amount or a counter
 * is at most MS_FEN_MAX, a share at most MS_PPM; so a schedule's value is at most 4e18 < 2^63 in
 * whole mode, and at most 4e18 * MS_DEN_MAX = 4e36 < 2^127 in exact mode.
 */
#ifndef MS_MONEY_H
#define MS_MONEY_H

#include <stdint.h>

#define MS_PPM 1000000LL
#define MS_FEN_MAX 1000000000000LL
#define MS_DEN_MAX 1000000000000000000LL

__extension__ typedef __int128 ms_wide;

_Static_assert(4 * MS_FEN_MAX <= INT64_MAX / MS_PPM, "a schedule must fit 64 bits");

/* Half-up rounding of a value >= 0, counted in ppm of a fen, to whole fen. */
static inline int64_t ms_half_up(int64_t ppm_of_fen) {
    return (ppm_of_fen + MS_PPM / 2) / MS_PPM;
}

/* The same for a value counted in 1/unit fen; unit is even or the tie cannot occur. */
static inline int64_t ms_half_up_wide(ms_wide value, ms_wide unit) {
    return (int64_t)((2 * value + unit) / (2 * unit));
}

static inline int64_t ms_gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

#endif
