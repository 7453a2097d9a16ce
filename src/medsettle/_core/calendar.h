/* Days since 1970-01-01 and the windows they lie in; the proleptic Gregorian calendar. */
#ifndef MS_CALENDAR_H
#define MS_CALENDAR_H

#include "kernel.h"

typedef struct civil {
    int64_t year;
    int month;
} civil;

/* Year and month of a day since 1970-01-01, in the proleptic Gregorian calendar. */
static inline civil civil_from_day(int32_t day) {
    int64_t z = (int64_t)day + 719468; /* days since 0000-03-01 */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    civil result = {year + era * 400 + (month <= 2), month};
    return result;
}

static inline int32_t day_from_civil(int64_t year, int month) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
    return (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

/* The year of a policy whose years begin in month `first`, by the calendar year it ends in. */
static inline int64_t policy_year(civil c, int first) {
    return c.year + (first > 1 && c.month >= first);
}

/* Narrows [*from, *until) to the `length` months around `c` that begin `first` months (1..12) into
 * a year, or a multiple of `length` months from there. */
static inline void narrow(civil c, int first, int length, int32_t *from, int32_t *until) {
    int64_t month = c.year * 12 + c.month - 1; /* since year 0 */
    int64_t begun = month - ((month - (first - 1)) % length + length) % length;
    int64_t ends = begun + length;
    int64_t a = (begun >= 0 ? begun : begun - 11) / 12, b = (ends >= 0 ? ends : ends - 11) / 12;
    int32_t low = day_from_civil(a, (int)(begun - a * 12) + 1);
    int32_t high = day_from_civil(b, (int)(ends - b * 12) + 1);
    if (low > *from) *from = low;
    if (high < *until) *until = high;
}

/* The days [from, until) in which no window that the table uses turns over. */
static inline void window_around(const ms_table *table, int32_t day, int32_t *from,
                                 int32_t *until) {
    civil c = civil_from_day(day);
    *from = INT32_MIN;
    *until = INT32_MAX;
    narrow(c, table->year_month, 12, from, until);
    if (table->windows_used >> MS_QUARTER & 1) narrow(c, 1, 3, from, until);
    if (table->windows_used >> MS_MONTH & 1) narrow(c, 1, 1, from, until);
    if (table->windows_used >> MS_DAY & 1) {
        *from = day;
        *until = day < INT32_MAX ? day + 1 : day;
    }
}

#endif
