/* Settling claims: choosing the program, running its layers, keeping the counters. */
#include "kernel.h"

#include "calendar.h"

#include <string.h>

#define RARE __attribute__((noinline, cold))

/* A claim on its way through the layers: in whole fen, or counted in 1/den fen. */
#define BILL_OF(amount)                                                                            \
    int64_t *counter;                                                                              \
    amount part[MS_PARTS];                                                                         \
    int64_t fund[MS_FUNDS];                                                                        \
    int64_t paid[MS_LAYERS]; /* by position, where a layer ran */                                  \
    uint32_t ran;            /* bit i: the i-th layer ran */                                       \
    int64_t left;            /* of the bill */                                                     \
    int64_t deductible       /* of the first layer that ran */

typedef struct whole_bill {
    BILL_OF(int64_t);
} whole_bill;

typedef struct exact_bill {
    BILL_OF(ms_wide);
    int64_t den;
} exact_bill;

static inline int64_t ceiling_room(int64_t limit, uint16_t counter_index, const int64_t *counter) {
    if (limit == MS_UNLIMITED || counter_index == MS_NONE) return limit;
    return limit > counter[counter_index] ? limit - counter[counter_index] : 0;
}

#define AMOUNT int64_t
#define DEN 1
#define IS_EXACT 0
#define BILL whole_bill
#define NAME(name) whole_##name
#define HALF_UP(value) ms_half_up(value)
#define WHOLE(amount) (amount)
#include "layer.h"

#define AMOUNT ms_wide
#define DEN bill->den
#define IS_EXACT 1
#define BILL exact_bill
#define NAME(name) exact_##name
#define HALF_UP(value) ms_half_up_wide(value, (ms_wide)MS_PPM *DEN)
#define WHOLE(amount) ms_half_up_wide(amount, DEN)
#include "layer.h"

/* Evaluates a layer the short way, which most layers of most claims go: whole fen, nothing topped
 * up, no ceiling reached or on cost, one rounding.  Returns 0, having changed nothing, where that
 * is not the case; whole_evaluate() gives the same where it is. */
static inline int take_short_way(const ms_table *table, const ms_use *use, const ms_row *row,
                                 int position, whole_bill *bill) {
    const ms_layer *layer = table->layer + use->layer;
    int64_t *counter = bill->counter;
    if (use->tops_up != 0 || use->n_base > MS_SHORT_BASE) return 0;
    int64_t base = 0, deductible = 0, pay = 0;
    for (int i = 0; i < MS_SHORT_BASE; i++) base += bill->part[use->base[i]];
    if (base > 0) {
        deductible = whole_take_deductible(table, layer, row, base, bill);
        int64_t cost = base - deductible;
        if (cost > 0) {
            if ((layer->n_cost_ceilings | layer->rounding) != 0) return 0;
            const ms_knot *knot = table->knot + row->knot;
            int64_t from = layer->inside ? deductible : 0;
            if (layer->measured != MS_NONE) from += counter[layer->measured];
            int64_t before = from == 0 ? 0 : whole_schedule(knot, row->n_knots, from, bill);
            int64_t exact = whole_schedule(knot, row->n_knots, from + cost, bill) - before;
            for (int c = 0; c < layer->n_pay_ceilings; c++) {
                int64_t room = ceiling_room(row->limit[c], layer->ceiling[c], counter);
                if (room < MS_FEN_MAX && exact > room * MS_PPM) return 0;
            }
            pay = ms_half_up(exact);
            for (int c = 0; c < layer->n_pay_ceilings; c++) {
                if (layer->ceiling[c] != MS_NONE) counter[layer->ceiling[c]] += pay;
            }
            if (layer->measured != MS_NONE) counter[layer->measured] += cost;
            bill->left -= pay;
            bill->fund[layer->fund] += pay;
        }
        for (int i = 0; i < MS_SHORT_BASE; i++) bill->part[use->base[i]] = 0;
        bill->part[use->to_deductible] += deductible;
        bill->part[use->to_copay] += cost - pay;
        if (layer->used != MS_NONE) counter[layer->used] += deductible;
        if (layer->measured != MS_NONE && layer->inside) counter[layer->measured] += deductible;
    }
    bill->paid[position] = pay;
    if (bill->ran == 0) bill->deductible = deductible;
    bill->ran |= 1u << position;
    return 1;
}

/* Runs the links of a chain from `link` on in exact amounts, `bill` being counted in whole fen, and
 * brings the payments back. */
static RARE void run_exact(const ms_table *table, const ms_program *program, const ms_link *link,
                           const ms_link *end, whole_bill *bill, ms_step *step) {
    exact_bill exact;
    memset(&exact, 0, sizeof exact);
    exact.counter = bill->counter;
    exact.den = 1;
    for (int i = 0; i < program->n_parts; i++) exact.part[i] = bill->part[i];
    memcpy(exact.paid, bill->paid, sizeof exact.paid);
    memcpy(exact.fund, bill->fund, sizeof exact.fund);
    exact.left = bill->left;
    exact.deductible = bill->deductible;
    exact.ran = bill->ran;
    while (link < end) {
        const ms_use *use = table->use + program->use + link->position;
        int64_t finer =
            exact_evaluate(table, use, table->row + link->row, link->position, &exact, step);
        if (finer == 1) {
            link++;
            step += step != NULL;
        } else {
            for (int i = 0; i < program->n_parts; i++) exact.part[i] *= finer;
            exact.den *= finer;
        }
    }
    memcpy(bill->fund, exact.fund, sizeof exact.fund);
    bill->left = exact.left;
    bill->deductible = exact.deductible;
}

/* Runs a chain on a bill of the four amounts and moves the counters.  `is_large`: the amounts and
 * counters may be too large for whole mode. */
static inline void run_chain(const ms_table *table, const ms_program *program,
                             const ms_chain *chain, const int64_t *amount, int64_t total,
                             int is_large, whole_bill *bill, ms_step *step) {
    memset(bill->part, 0, sizeof *bill->part * 8);
    bill->part[MS_EMPTY_PART] = 0;
    if (program->n_parts > 8) memset(bill->part + 8, 0, sizeof *bill->part * (MS_PARTS - 8));
    for (int i = 0; i < MS_AMOUNTS; i++) bill->part[program->amount_part[i]] += amount[i];
    memset(bill->fund, 0, sizeof *bill->fund * 4);
    if (table->n_funds > 4) memset(bill->fund + 4, 0, sizeof *bill->fund * (MS_FUNDS - 4));
    bill->left = total;
    bill->deductible = 0;
    bill->ran = 0;

    const ms_link *link = table->link + chain->link;
    const ms_link *end = link + chain->n_links;
    for (; link < end && !is_large; link++) {
        const ms_use *use = table->use + program->use + link->position;
        const ms_row *row = table->row + link->row;
        if (step != NULL || !take_short_way(table, use, row, link->position, bill)) {
            if (whole_evaluate(table, use, row, link->position, bill, step) != 1) break;
            step += step != NULL;
        }
    }
    if (link < end) run_exact(table, program, link, end, bill, step);
    for (int i = 0; i < MS_ORDINALS && program->ordinal[i] != MS_NONE; i++) {
        bill->counter[program->ordinal[i]]++;
    }
}

static RARE int64_t greatest(const int64_t *counter, uint32_t n) {
    int64_t most = 0;
    for (uint32_t i = 0; i < n; i++) most = counter[i] > most ? counter[i] : most;
    return most;
}

/* Whether a claim could bring a counter, or a sum within a schedule, beyond MS_FEN_MAX. */
static inline int could_pass_limit(const int64_t *counter, uint32_t n, int64_t total) {
    return greatest(counter, n) + (total + 1) * MS_MOVES > MS_FEN_MAX;
}

/* Finds the chain of a profile: MS_OK, or why there is none. */
static inline int find_chain(const ms_table *table, const ms_program *program, uint32_t profile,
                             const ms_chain **chain) {
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

/* ---- dates ---- */

/* Starts the counters again whose window has turned between two days. */
static RARE void turn_over(const ms_table *table, int64_t *counter, int32_t last, int32_t now) {
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

static RARE season season_of(const ms_table *table, int32_t day) {
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

/* ---- one claim ---- */

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

/* Finds the program of a benefit in a season. */
static inline int find_program(const ms_table *table, const season *now, uint8_t benefit,
                               const ms_program **program) {
    if (now->program == NULL) return MS_NO_VERSION;
    if (benefit >= MS_BENEFITS || now->program[benefit] == MS_NONE) return MS_BENEFIT_NOT_OFFERED;
    *program = table->program + now->program[benefit];
    return MS_OK;
}

void ms_settle(const ms_table *table, const ms_claim *claim, ms_ytd *ytd, ms_result *result,
               ms_step *steps) {
    memset(result, 0, sizeof *result);
    int64_t total = 0;
    const ms_program *program = NULL;
    const ms_chain *chain = NULL;
    season now = season_of(table, claim->date);
    int has_past = ytd->last_date != MS_NO_DATE;
    int status = check_amounts(claim->amount, &total);
    if (status == MS_OK && has_past && claim->date < ytd->last_date) status = MS_OUT_OF_ORDER;
    if (status == MS_OK) status = find_program(table, &now, claim->benefit, &program);
    if (status == MS_OK) {
        uint32_t profile = 0;
        for (int k = 0; k < program->n_axes; k++) {
            profile += look_up(table, program, k, claim->code[program->axis[k]]);
        }
        status = find_chain(table, program, profile, &chain);
    }
    result->status = status;
    if (status != MS_OK) return;

    uint32_t n_counters = table->n_counters;
    int64_t counter[MS_COUNTERS];
    memcpy(counter, ytd->counter, sizeof counter);
    if (has_past && ytd->last_date < now.from) {
        turn_over(table, counter, ytd->last_date, claim->date);
    }
    whole_bill bill;
    bill.counter = counter;
    int is_large = could_pass_limit(counter, n_counters, total);
    run_chain(table, program, chain, claim->amount, total, is_large, &bill, steps);
    if (is_large && greatest(counter, n_counters) > MS_FEN_MAX) {
        result->status = MS_COUNTER_LIMIT;
        return;
    }
    for (uint32_t i = 0; steps != NULL && i < chain->n_links; i++) {
        const ms_link *link = table->link + chain->link + i;
        steps[i].use = (uint16_t)(program->use + link->position);
        steps[i].row = link->row;
        result->n_steps++;
    }
    memcpy(ytd->counter, counter, sizeof counter);
    ytd->last_date = claim->date;
    memcpy(result->fund, bill.fund, table->n_funds * sizeof *bill.fund);
    result->deductible = bill.deductible;
    result->cash = bill.left;
    result->program = (int32_t)(program - table->program);
}

/* ---- batches ---- */

static inline int64_t read_int64(const ms_column *column, int64_t i) {
    return *(const int64_t *)(column->base + i * column->stride);
}

static inline int32_t read_int32(const ms_column *column, int64_t i) {
    return *(const int32_t *)(column->base + i * column->stride);
}

static inline uint8_t read_uint8(const ms_column *column, int64_t i) {
    return *(const uint8_t *)(column->base + i * column->stride);
}

/* One person's way through a batch. */
typedef struct walk {
    int64_t counter[MS_COUNTERS];
    int32_t last_date;
    int64_t bound; /* no counter is above this */
    season now;
} walk;

/* Settles one claim of a batch; on MS_OK the payments are in `bill`, else nothing has changed. */
static inline int settle_row(const ms_table *table, const ms_batch *batch, int64_t i, walk *walk,
                             whole_bill *bill) {
    int status = read_uint8(&batch->given, i);
    if (status != MS_OK) return status;
    int64_t amount[MS_AMOUNTS];
    for (int a = 0; a < MS_AMOUNTS; a++) amount[a] = read_int64(&batch->amount[a], i);
    int64_t total = 0;
    status = check_amounts(amount, &total);
    if (status != MS_OK) return status;
    int32_t date = read_int32(&batch->date, i);
    if (date < walk->last_date) return MS_OUT_OF_ORDER;
    if (date < walk->now.from || date >= walk->now.until) walk->now = season_of(table, date);
    const ms_program *program;
    status = find_program(table, &walk->now, read_uint8(&batch->benefit, i), &program);
    if (status != MS_OK) return status;
    uint32_t profile = 0;
    for (int k = 0; k < program->n_axes; k++) {
        profile += look_up(table, program, k, read_uint8(&batch->code[program->axis[k]], i));
    }
    const ms_chain *chain;
    status = find_chain(table, program, profile, &chain);
    if (status != MS_OK) return status;

    int64_t saved[MS_COUNTERS];
    int turned = (walk->last_date < walk->now.from) & (walk->last_date != MS_NO_DATE);
    walk->bound += (total + 1) * MS_MOVES;
    int is_large = 0;
    if (turned | (walk->bound > MS_FEN_MAX)) {
        memcpy(saved, walk->counter, sizeof saved);
        if (turned) turn_over(table, walk->counter, walk->last_date, date);
        is_large = could_pass_limit(walk->counter, table->n_counters, total);
        walk->bound = MS_FEN_MAX; /* so that it is looked at again */
    }
    run_chain(table, program, chain, amount, total, is_large, bill, NULL);
    if (is_large && greatest(walk->counter, table->n_counters) > MS_FEN_MAX) {
        memcpy(walk->counter, saved, sizeof saved);
        return MS_COUNTER_LIMIT;
    }
    walk->last_date = date;
    return MS_OK;
}

int64_t ms_settle_batch(const ms_table *table, const ms_batch *batch, ms_stream *stream) {
    int64_t refused = 0;
    int64_t person = stream->person;
    int started = stream->started;
    uint32_t n_counters = (table->n_counters + 3) & ~3u;
    uint32_t n_funds = table->n_funds;
    walk walk;
    memcpy(walk.counter, stream->ytd.counter, sizeof walk.counter);
    walk.last_date = started ? stream->ytd.last_date : MS_NO_DATE;
    walk.bound = MS_FEN_MAX;
    walk.now.from = walk.now.until = 0;
    walk.now.program = NULL;
    whole_bill bill;
    bill.counter = walk.counter;
    memset(bill.fund, 0, sizeof bill.fund);

    for (int64_t i = 0; i < batch->n; i++) {
        int64_t who =
            batch->person_is_32_bit ? read_int32(&batch->person, i) : read_int64(&batch->person, i);
        int same = (who == person) & started;
        int64_t keep = -(int64_t)same; /* all ones or none: a mask is cheaper than a branch */
        for (uint32_t k = 0; k < n_counters; k++) walk.counter[k] &= keep;
        walk.bound &= keep;
        walk.last_date = (walk.last_date & (int32_t)keep) | (MS_NO_DATE & ~(int32_t)keep);
        person = who;
        started = 1;

        int status = settle_row(table, batch, i, &walk, &bill);
        batch->status[i] = (uint8_t)status;
        if (status != MS_OK) {
            refused++;
            memset(bill.fund, 0, sizeof bill.fund);
            bill.deductible = bill.left = 0;
        }
        for (uint32_t f = 0; f < n_funds; f++) batch->fund[f][i] = bill.fund[f];
        batch->deductible[i] = bill.deductible;
        batch->cash[i] = bill.left;
    }
    stream->person = person;
    stream->started = started;
    stream->ytd.last_date = walk.last_date;
    memcpy(stream->ytd.counter, walk.counter, sizeof walk.counter);
    return refused;
}
