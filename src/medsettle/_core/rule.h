/* Finding the rule: which program is in force, and which chain of it a claim runs. */
#ifndef MS_RULE_H
#define MS_RULE_H

#include "calendar.h"

/* What holds for all days [from, until): one set of versions, and no window turning. */
typedef struct season {
    int32_t from;
    int32_t until;
    const uint16_t *program; /* NULL: no version in force */
} season;

static RARE season season_of(const ms_table *table, int32_t day) {
    season s;
    s.program = NULL;
    window_around(table, day, &s.from, &s.until);
    uint32_t low = 0, high = table->n_spans;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (table->span[middle].until <= day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int is_last = low == table->n_spans;
    int32_t next = is_last ? INT32_MAX : table->span[low].from;
    if (!is_last && next <= day) {
        const ms_span *span = table->span + low;
        s.program = span->program;
        if (s.from < span->from) s.from = span->from;
        if (s.until > span->until) s.until = span->until;
    } else {
        if (s.until > next) s.until = next;
        if (low > 0 && s.from < table->span[low - 1].until) s.from = table->span[low - 1].until;
    }
    return s;
}

static RARE int why_amounts(const int64_t *amount) {
    for (int i = 0; i < MS_AMOUNTS; i++) {
        if (amount[i] < 0) return MS_AMOUNT_NEGATIVE;
    }
    return MS_AMOUNT_TOO_LARGE;
}

static inline int check_amounts(const int64_t *amount, int64_t *total) {
    uint64_t most = 0, sum = 0; /* a negative amount is huge when read as unsigned */
    for (int i = 0; i < MS_AMOUNTS; i++) {
        uint64_t one = (uint64_t)amount[i];
        most |= one > (uint64_t)MS_FEN_MAX;
        sum += one;
    }
    if (most != 0 || sum > (uint64_t)MS_FEN_MAX) return why_amounts(amount);
    *total = (int64_t)sum;
    return MS_OK;
}

/* The item groups are within the in-scope amount. */
static RARE int check_items(const ms_table *table, const int64_t *item, int64_t in_scope) {
    int64_t left = in_scope;
    for (uint32_t i = 0; i < table->n_items; i++) {
        if (item[i] < 0 || item[i] > left) return MS_ITEMS_DISAGREE;
        left -= item[i];
    }
    return MS_OK;
}

/* Finds the program of a benefit among those in force. */
static inline int find_program(const ms_table *table, const uint16_t *programs, uint8_t benefit,
                               const ms_program **program) {
    if (programs == NULL) return MS_NO_VERSION;
    if (benefit >= MS_BENEFITS || programs[benefit] == MS_NONE) return MS_BENEFIT_NOT_OFFERED;
    *program = table->program + programs[benefit];
    return MS_OK;
}

/* What the band of the bill's total adds to the profile. */
static RARE uint32_t bill_band(const ms_table *table, const ms_program *program, int64_t total) {
    uint32_t band = 0;
    while (band < table->n_bill_bands && total > table->bill[band]) band++;
    return table->lookup[program->bill_lookup][band];
}

/* Finds the chain of a profile: MS_OK, or why there is none. */
static inline int find_chain(const ms_table *table, const ms_program *program, uint32_t profile,
                             int64_t total, const ms_chain **chain) {
    if (program->bill_lookup != MS_NO_LOOKUP) profile += bill_band(table, program, total);
    if (profile >= program->n_profiles) return MS_UNKNOWN_CODE;
    uint16_t number = table->profile[program->profile + profile];
    if (number == MS_NONE) return MS_NO_FIGURE;
    *chain = table->chain + number;
    return MS_OK;
}

/* What a code on the program's k-th axis adds to the profile. */
static inline uint32_t look_up(const ms_table *table, const ms_program *program, int k,
                               uint8_t code) {
    return table->lookup[program->lookup[k]][code];
}

#endif
