/* Settling claims: choosing the program, running its layers, keeping the counters. */
#include "kernel.h"

#include <string.h>

/* A claim on its way through the layers, in whole fen. */
typedef struct whole_bill {
    int64_t *counter;
    int64_t part[MS_PARTS];
    int64_t paid[MS_LAYERS];
    int64_t fund[MS_FUNDS];
    int64_t left;
    int64_t deductible;
    int64_t limit_passed;
} whole_bill;

/* The same, amounts counted in 1/den fen. */
typedef struct exact_bill {
    int64_t *counter;
    ms_wide part[MS_PARTS];
    int64_t paid[MS_LAYERS];
    int64_t fund[MS_FUNDS];
    int64_t left;
    int64_t deductible;
    int64_t limit_passed;
    int64_t den;
} exact_bill;

/* What a layer sees of the claim besides the bill. */
typedef struct visit {
    const int64_t *visits; /* the counters before the claim */
    int position;          /* of the layer in the program */
    int is_first;          /* the first layer that serves the claim */
} visit;

static inline int64_t ceiling_room(int64_t limit, uint16_t counter_index, const int64_t *counter) {
    if (limit == MS_UNLIMITED || counter_index == MS_NONE) return limit;
    return limit > counter[counter_index] ? limit - counter[counter_index] : 0;
}

/* Moves a counter; not 0 if it then passes the limit. */
static inline int64_t move(int64_t *counter, uint16_t index, int64_t by) {
    counter[index] += by;
    return counter[index] > MS_FEN_MAX;
}

#define AMOUNT int64_t
#define DEN 1
#define BILL whole_bill
#define NAME(name) whole_##name
#define HALF_UP(value) ms_half_up(value)
#define WHOLE(amount) (amount)
#include "layer.h"
#undef AMOUNT
#undef DEN
#undef BILL
#undef NAME
#undef HALF_UP
#undef WHOLE

#define AMOUNT ms_wide
#define DEN bill->den
#define BILL exact_bill
#define NAME(name) exact_##name
#define HALF_UP(value) ms_half_up_wide(value, (ms_wide)MS_PPM *DEN)
#define WHOLE(amount) ms_half_up_wide(amount, DEN)
#include "layer.h"
#undef AMOUNT
#undef DEN
#undef BILL
#undef NAME
#undef HALF_UP
#undef WHOLE

static void make_finer(exact_bill *bill, int64_t factor) {
    for (int i = 0; i < MS_PARTS; i++) bill->part[i] *= factor;
    bill->den *= factor;
}

static void make_exact(exact_bill *exact, const whole_bill *whole, int64_t den) {
    exact->counter = whole->counter;
    for (int i = 0; i < MS_PARTS; i++) exact->part[i] = (ms_wide)whole->part[i] * den;
    memcpy(exact->paid, whole->paid, sizeof exact->paid);
    memcpy(exact->fund, whole->fund, sizeof exact->fund);
    exact->left = whole->left;
    exact->deductible = whole->deductible;
    exact->limit_passed = whole->limit_passed;
    exact->den = den;
}

/* Runs the layers from `i` on in exact amounts and brings the payments back into `whole`. */
static __attribute__((noinline)) void run_exact(const ms_table *table, const ms_program *program,
                                                const uint16_t *cell, int i, int64_t den, visit at,
                                                whole_bill *whole, ms_step *steps, int n_steps) {
    exact_bill bill;
    make_exact(&bill, whole, den);
    for (; i < program->n_uses; i++) {
        if (cell[i] == MS_NOT_SERVED_CELL) continue;
        const ms_use *use = table->use + program->use + i;
        at.position = i;
        ms_step *step = steps == NULL ? NULL : steps + n_steps++;
        int64_t factor;
        while ((factor = exact_evaluate(table, use, table->layer + use->layer, table->row + cell[i],
                                        &at, &bill, step)) != 1) {
            make_finer(&bill, factor);
        }
        at.is_first = 0;
    }
    memcpy(whole->fund, bill.fund, sizeof bill.fund);
    whole->left = bill.left;
    whole->deductible = bill.deductible;
    whole->limit_passed = bill.limit_passed;
}

/* Finds the row of every layer; MS_OK, or why not, with the layer's position in *layer. */
static inline int find_rows(const ms_table *table, const ms_program *program, const uint8_t *code,
                            uint16_t *cell, int32_t *layer) {
    for (int i = 0; i < program->n_uses; i++) {
        const ms_layer *l = table->layer + table->use[program->use + (uint32_t)i].layer;
        uint32_t index = l->cell;
        int unknown = 0;
        for (int k = 0; k < l->n_axes; k++) {
            uint8_t value = table->lookup[l->axis[k]][code[l->axis[k]]];
            unknown |= value == MS_BAD_CODE;
            index += (uint32_t)value * l->stride[k];
        }
        *layer = i;
        if (unknown) return MS_UNKNOWN_CODE;
        cell[i] = table->cell[index];
        if (cell[i] == MS_NO_FIGURE_CELL) return MS_NO_FIGURE;
    }
    *layer = 0;
    return MS_OK;
}

/* Runs a program on a bill of the four amounts.  On MS_OK the counters have moved and `bill` holds
 * the payments; on MS_COUNTER_LIMIT the counters are to be put back by the caller. */
static inline int run_program(const ms_table *table, const ms_program *program,
                              const uint16_t *cell, const int64_t *amount, int64_t total,
                              const int64_t *before, whole_bill *bill, ms_step *steps,
                              int *n_steps) {
    for (int i = 0; i < program->n_parts; i++) bill->part[i] = 0;
    for (int i = 0; i < MS_AMOUNTS; i++) bill->part[program->amount_part[i]] += amount[i];
    for (uint32_t i = 0; i < table->n_funds; i++) bill->fund[i] = 0;
    bill->left = total;
    bill->deductible = 0;
    bill->limit_passed = 0;

    visit at = {before, 0, 1};
    int steps_done = 0;
    for (int i = 0; i < program->n_uses; i++) {
        bill->paid[i] = 0;
        if (cell[i] == MS_NOT_SERVED_CELL) continue;
        const ms_use *use = table->use + program->use + i;
        at.position = i;
        ms_step *step = steps == NULL ? NULL : steps + steps_done++;
        int64_t factor = whole_evaluate(table, use, table->layer + use->layer,
                                        table->row + cell[i], &at, bill, step);
        if (factor != 1) {
            for (int later = i; later < program->n_uses; later++) bill->paid[later] = 0;
            for (int part = program->n_parts; part < MS_PARTS; part++) bill->part[part] = 0;
            for (uint32_t f = table->n_funds; f < MS_FUNDS; f++) bill->fund[f] = 0;
            for (int later = program->n_uses; later < MS_LAYERS; later++) bill->paid[later] = 0;
            run_exact(table, program, cell, i, factor, at, bill, steps,
                      steps == NULL ? 0 : steps_done - 1);
            break;
        }
        at.is_first = 0;
    }
    if (n_steps != NULL) {
        *n_steps = 0;
        for (int i = 0; i < program->n_uses; i++) {
            if (cell[i] == MS_NOT_SERVED_CELL) continue;
            steps[*n_steps].use = (uint16_t)(program->use + (uint32_t)i);
            steps[*n_steps].row = cell[i];
            *n_steps += 1;
        }
    }
    for (int i = 0; i < MS_ORDINALS && program->ordinal[i] != MS_NONE; i++) {
        bill->limit_passed |= move(bill->counter, program->ordinal[i], 1);
    }
    return bill->limit_passed ? MS_COUNTER_LIMIT : MS_OK;
}

/* ---- dates ---- */

typedef struct civil {
    int64_t year;
    int month;
} civil;

/* Year and month of a day since 1970-01-01, in the proleptic Gregorian calendar. */
static civil civil_from_day(int32_t day) {
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

static int32_t day_from_civil(int64_t year, int month) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
    return (int32_t)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

/* The days [from, until) in which no window that the table uses turns over. */
static void window_around(uint32_t windows_used, int32_t day, int32_t *from, int32_t *until) {
    civil c = civil_from_day(day);
    if (windows_used >> MS_DAY & 1) {
        *from = day;
        *until = day + 1;
    } else if (windows_used >> MS_MONTH & 1) {
        *from = day_from_civil(c.year, c.month);
        *until = day_from_civil(c.year + c.month / 12, c.month % 12 + 1);
    } else if (windows_used >> MS_QUARTER & 1) {
        int first = (c.month - 1) / 3 * 3 + 1;
        *from = day_from_civil(c.year, first);
        *until = day_from_civil(c.year + first / 10, (first + 2) % 12 + 1);
    } else {
        *from = day_from_civil(c.year, 1);
        *until = day_from_civil(c.year + 1, 1);
    }
}

/* Starts the counters again whose window has turned between two days. */
static __attribute__((noinline)) void turn_over(const ms_table *table, int64_t *counter,
                                                int32_t last, int32_t now) {
    civil a = civil_from_day(last);
    civil b = civil_from_day(now);
    int turned[MS_WINDOWS] = {0};
    turned[MS_YEAR] = a.year != b.year;
    turned[MS_QUARTER] = turned[MS_YEAR] || (a.month - 1) / 3 != (b.month - 1) / 3;
    turned[MS_MONTH] = turned[MS_YEAR] || a.month != b.month;
    turned[MS_DAY] = last != now;
    for (uint32_t i = 0; i < table->n_counters; i++) {
        if (turned[table->window[i]]) counter[i] = 0;
    }
}

/* What holds for all days [from, until): one set of versions, and no window turning. */
typedef struct season {
    int32_t from;
    int32_t until;
    const uint16_t *program; /* NULL: no version in force */
} season;

static __attribute__((noinline)) season season_of(const ms_table *table, int32_t day) {
    season s;
    s.program = NULL;
    window_around(table->windows_used, day, &s.from, &s.until);
    uint32_t low = 0, high = table->n_spans;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (table->span[middle].until <= day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int32_t next = low < table->n_spans ? table->span[low].from : INT32_MAX;
    if (next <= day) {
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

/* ---- one claim ---- */

static inline int check_amounts(const int64_t *amount, int64_t *total) {
    int64_t any = amount[0] | amount[1] | amount[2] | amount[3];
    if (any < 0) return MS_AMOUNT_NEGATIVE;
    int too_large = 0;
    for (int i = 0; i < MS_AMOUNTS; i++) too_large |= amount[i] > MS_FEN_MAX;
    if (too_large) return MS_AMOUNT_TOO_LARGE;
    *total = amount[0] + amount[1] + amount[2] + amount[3];
    return *total > MS_FEN_MAX ? MS_AMOUNT_TOO_LARGE : MS_OK;
}

void ms_settle(const ms_table *table, const ms_claim *claim, ms_ytd *ytd, ms_result *result,
               ms_step *steps) {
    memset(result, 0, sizeof *result);
    int64_t total = 0;
    result->status = check_amounts(claim->amount, &total);
    if (result->status != MS_OK) return;
    if (ytd->last_date != MS_NO_DATE && claim->date < ytd->last_date) {
        result->status = MS_OUT_OF_ORDER;
        return;
    }
    season now = season_of(table, claim->date);
    if (now.program == NULL) {
        result->status = MS_NO_VERSION;
        return;
    }
    if (claim->benefit >= MS_BENEFITS || now.program[claim->benefit] == MS_NONE) {
        result->status = MS_BENEFIT_NOT_OFFERED;
        return;
    }
    result->program = now.program[claim->benefit];
    const ms_program *program = table->program + result->program;
    uint16_t cell[MS_LAYERS];
    result->status = find_rows(table, program, claim->code, cell, &result->layer);
    if (result->status != MS_OK) return;

    int64_t counter[MS_COUNTERS];
    memcpy(counter, ytd->counter, sizeof counter);
    if (ytd->last_date != MS_NO_DATE && ytd->last_date < now.from) {
        turn_over(table, counter, ytd->last_date, claim->date);
    }
    int64_t before[MS_COUNTERS];
    memcpy(before, counter, sizeof counter);
    whole_bill bill;
    bill.counter = counter;
    result->status = run_program(table, program, cell, claim->amount, total, before, &bill, steps,
                                 steps == NULL ? NULL : &result->n_steps);
    if (result->status != MS_OK) {
        result->n_steps = 0;
        return;
    }
    memcpy(ytd->counter, counter, sizeof counter);
    ytd->last_date = claim->date;
    memcpy(result->fund, bill.fund, table->n_funds * sizeof *bill.fund);
    result->deductible = bill.deductible;
    result->cash = bill.left;
}

/* ---- batches ---- */

static inline int64_t read_int64(ms_column column, int64_t i) {
    return *(const int64_t *)(column.base + i * column.stride);
}

static inline int32_t read_int32(ms_column column, int64_t i) {
    return *(const int32_t *)(column.base + i * column.stride);
}

static inline uint8_t read_uint8(ms_column column, int64_t i) {
    return *(const uint8_t *)(column.base + i * column.stride);
}

static inline int64_t read_person(const ms_batch *batch, int64_t i) {
    return batch->person_is_32_bit ? read_int32(batch->person, i) : read_int64(batch->person, i);
}

static void write_refused(const ms_table *table, const ms_batch *batch, int64_t i, int status) {
    for (uint32_t f = 0; f < table->n_funds; f++) batch->fund[f][i] = 0;
    batch->deductible[i] = 0;
    batch->cash[i] = 0;
    batch->status[i] = (uint8_t)status;
}

int64_t ms_settle_batch(const ms_table *table, const ms_batch *batch, ms_stream *stream) {
    int64_t refused = 0;
    int64_t person = stream->person;
    int32_t last_date = stream->started ? stream->ytd.last_date : MS_NO_DATE;
    uint32_t n_counters = (table->n_counters + 3) & ~3u;
    int64_t counter[MS_COUNTERS];
    int64_t before[MS_COUNTERS];
    int64_t saved[MS_COUNTERS];
    memcpy(counter, stream->ytd.counter, sizeof counter);
    season now = {0, 0, NULL};
    whole_bill bill;
    bill.counter = counter;
    uint16_t cell[MS_LAYERS];
    int32_t layer;

    for (int64_t i = 0; i < batch->n; i++) {
        int64_t who = read_person(batch, i);
        int same = (who == person) & (stream->started | (i > 0));
        int64_t keep = -(int64_t)same; /* all ones or none: a mask is cheaper than a branch */
        person = who;
        last_date = same ? last_date : MS_NO_DATE;
        for (uint32_t k = 0; k < n_counters; k++) before[k] = counter[k] &= keep;

        int64_t amount[MS_AMOUNTS];
        for (int a = 0; a < MS_AMOUNTS; a++) amount[a] = read_int64(batch->amount[a], i);
        int64_t total = 0;
        int status = read_uint8(batch->given, i);
        if (status == MS_OK) status = check_amounts(amount, &total);
        int32_t date = read_int32(batch->date, i);
        if (status == MS_OK && date < last_date) status = MS_OUT_OF_ORDER;
        if (status == MS_OK) {
            if (date < now.from || date >= now.until) now = season_of(table, date);
            uint8_t benefit = read_uint8(batch->benefit, i);
            if (now.program == NULL) {
                status = MS_NO_VERSION;
            } else if (benefit >= MS_BENEFITS || now.program[benefit] == MS_NONE) {
                status = MS_BENEFIT_NOT_OFFERED;
            } else {
                const ms_program *program = table->program + now.program[benefit];
                uint8_t code[MS_AXES];
                for (int a = 0; a < MS_AXES; a++) code[a] = read_uint8(batch->code[a], i);
                status = find_rows(table, program, code, cell, &layer);
                if (status == MS_OK) {
                    int turned = last_date < now.from && last_date != MS_NO_DATE;
                    if (turned) {
                        memcpy(saved, counter, sizeof saved);
                        turn_over(table, counter, last_date, date);
                        memcpy(before, counter, sizeof before);
                    }
                    status = run_program(table, program, cell, amount, total, before, &bill, NULL,
                                         NULL);
                    if (status != MS_OK) {
                        memcpy(counter, turned ? saved : before, n_counters * sizeof *counter);
                    }
                }
            }
        }
        if (status != MS_OK) {
            refused++;
            write_refused(table, batch, i, status);
            continue;
        }
        last_date = date;
        for (uint32_t f = 0; f < table->n_funds; f++) batch->fund[f][i] = bill.fund[f];
        batch->deductible[i] = bill.deductible;
        batch->cash[i] = bill.left;
        batch->status[i] = MS_OK;
    }
    if (batch->n > 0) {
        stream->person = person;
        stream->started = 1;
        stream->ytd.last_date = last_date;
        memcpy(stream->ytd.counter, counter, sizeof counter);
    }
    return refused;
}
