/* Numbers, days and names as text.  Money is read from its digits, never through a float, and
 * written with exactly two decimals. */
#ifndef MS_TEXT_H
#define MS_TEXT_H

#include <string.h>

#include "calendar.h"

/* No number that is read has more digits, of which the decimals are a part: it fits 64 bits. */
#define MS_DIGITS_MAX 18
/* The longest number that is written: sign, 19 digits, point. */
#define MS_NUMBER_ROOM 24

static inline int is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/* Reads a plain decimal number, or a text of JSON that holds one, as whole 1/10^decimals: no
 * exponent, no sign but a minus, behind the decimals nothing but zeros.  Returns 0, and leaves
 * `value`, where it is none, or has more digits than MS_DIGITS_MAX. */
static inline int ms_read_decimal(const char *text, size_t size, int decimals, int64_t *value) {
    const char *end = text + size;
    if (size >= 2 && *text == '"' && end[-1] == '"') {
        text++;
        end--;
    }
    int negative = text < end && *text == '-';
    text += negative;
    const char *first = text;
    int64_t sum = 0;
    for (; text < end && is_digit(*text); text++) {
        if (text - first >= MS_DIGITS_MAX - decimals) return 0;
        sum = sum * 10 + (*text - '0');
    }
    if (text == first) return 0;
    if (text < end) {
        if (*text != '.' || ++text == end) return 0;
        for (; text < end && is_digit(*text); text++) {
            if (decimals > 0) {
                sum = sum * 10 + (*text - '0');
                decimals--;
            } else if (*text != '0') {
                return 0;
            }
        }
        if (text < end) return 0;
    }
    for (; decimals > 0; decimals--) sum *= 10;
    *value = negative ? -sum : sum;
    return 1;
}

/* Whether a text needs no escaping in JSON. */
static inline int ms_is_plain(const char *text, size_t size) {
    unsigned odd = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        odd |= (unsigned)(c < 0x20) | (unsigned)(c == '"') | (unsigned)(c == '\\');
    }
    return !odd;
}

static inline size_t ms_count(const char *text, size_t size, char letter) {
    size_t found = 0;
    for (size_t i = 0; i < size; i++) found += text[i] == letter;
    return found;
}

/* A text in memory that somebody else keeps. */
typedef struct ms_words {
    const char *text;
    size_t size;
} ms_words;

/* ---- writing: at `at`, where there is room; each returns where it ended ---- */

static inline char *ms_put(char *at, const char *text, size_t size) {
    memcpy(at, text, size);
    return at + size;
}

static const char ms_pair[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334"
    "3536373839404142434445464748495051525354555657585960616263646566676869"
    "707172737475767778798081828384858687888990919293949596979899";

static inline char *ms_put_words(char *at, ms_words words) {
    return ms_put(at, words.text, words.size);
}

/* Two digits: 0 <= value < 100. */
static inline char *ms_put_pair(char *at, int64_t value) {
    return ms_put(at, ms_pair + 2 * value, 2);
}

/* A whole number above INT64_MIN. */
static inline char *ms_put_whole(char *at, int64_t value) {
    char digits[MS_NUMBER_ROOM];
    char *first = digits + MS_NUMBER_ROOM;
    if (value < 0) {
        *at++ = '-';
        value = -value;
    }
    for (; value >= 10; value /= 100) ms_put_pair(first -= 2, value % 100);
    if (value > 0 || first == digits + MS_NUMBER_ROOM) *--first = (char)('0' + value);
    return ms_put(at, first, (size_t)(digits + MS_NUMBER_ROOM - first));
}

/* Fen as yuan with two decimals. */
static inline char *ms_put_yuan(char *at, int64_t fen) {
    if (fen < 0) {
        *at++ = '-';
        fen = -fen;
    }
    at = ms_put_whole(at, fen / 100);
    *at++ = '.';
    return ms_put_pair(at, fen % 100);
}

/* A number >= 0 of whole 1/10^decimals, 2 to 17 of them: without the zeros behind the second. */
static inline char *ms_put_decimal(char *at, int64_t value, int decimals) {
    int64_t unit = 1;
    for (int i = 0; i < decimals; i++) unit *= 10;
    at = ms_put_whole(at, value / unit);
    *at++ = '.';
    value %= unit;
    for (int written = 0; written < 2 || value != 0; written++) {
        unit /= 10;
        *at++ = (char)('0' + value / unit);
        value %= unit;
    }
    return at;
}

/* A day of the years 1 to 9999 as YYYY-MM-DD. */
static inline char *ms_put_day(char *at, int32_t day) {
    civil c = civil_from_day(day);
    at = ms_put_pair(ms_put_pair(at, c.year / 100), c.year % 100);
    *at++ = '-';
    at = ms_put_pair(at, c.month);
    *at++ = '-';
    return ms_put_pair(at, day - day_from_civil(c.year, c.month) + 1);
}

#endif
