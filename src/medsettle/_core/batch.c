/* Settling many claims, from columns to columns. */
#include "chain.h"
#include "counters.h"
#include "rule.h"

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

/* Reads the item groups of a claim and checks them. */
static RARE int read_items(const ms_table *table, const ms_batch *batch, int64_t i,
                           int64_t in_scope, int64_t *item) {
    for (uint32_t k = 0; k < table->n_items; k++) item[k] = read_int64(&batch->item[k], i);
    return check_items(table, item, in_scope);
}

/* Finds what settles a claim of a batch: MS_OK, or why nothing does. */
static inline int find_row_rule(const ms_table *table, const ms_batch *batch, int64_t i,
                                const uint16_t *programs, int64_t total, const ms_program **program,
                                const ms_chain **chain) {
    int status = find_program(table, programs, read_uint8(&batch->benefit, i), program);
    if (status != MS_OK) return status;
    uint32_t profile = 0;
    for (int k = 0; k < (*program)->n_axes; k++) {
        const ms_column *code = &batch->code[(*program)->axis[k]];
        profile += look_up(table, *program, k, read_uint8(code, i));
    }
    return find_chain(table, *program, profile, total, chain);
}

/* Settles one claim of a batch; on MS_OK the payments are in `bill`, else nothing has changed. */
static inline int settle_row(const ms_table *table, const ms_batch *batch, int64_t i, walk *walk,
                             whole_bill *bill) {
    int status = read_uint8(&batch->given, i);
    if (status != MS_OK) return status;
    int64_t amount[MS_AMOUNTS], item[MS_ITEMS];
    for (int a = 0; a < MS_AMOUNTS; a++) amount[a] = read_int64(&batch->amount[a], i);
    visit visit = {amount, item, 0, -1, 0, 0};
    status = check_amounts(amount, &visit.total);
    if (status != MS_OK) return status;
    if (table->n_items != 0) {
        status = read_items(table, batch, i, amount[MS_AMOUNTS - 1], item);
        if (status != MS_OK) return status;
    }
    int32_t date = read_int32(&batch->date, i);
    if (date < walk->last_date) return MS_OUT_OF_ORDER;
    if (date < walk->now.from || date >= walk->now.until) walk->now = season_of(table, date);
    const uint16_t *programs = walk->now.program;
    if (batch->rule_date.base != NULL) {
        programs = season_of(table, read_int32(&batch->rule_date, i)).program;
    }
    const ms_program *program;
    const ms_chain *chain;
    status = find_row_rule(table, batch, i, programs, visit.total, &program, &chain);
    if (status != MS_OK) return status;
    if (batch->continues.base != NULL) visit.continues = read_uint8(&batch->continues, i) != 0;
    if (chain->needs_days) {
        if (batch->days.base != NULL) visit.days = read_int32(&batch->days, i);
        if (visit.days < 0) return MS_NO_FIGURE;
    }

    int64_t saved[MS_COUNTERS];
    int turned = (walk->last_date < walk->now.from) & (walk->last_date != MS_NO_DATE);
    walk->bound += (visit.total + 1) * MS_MOVES;
    if (turned | program->n_episodes | (walk->bound > MS_FEN_MAX)) {
        memcpy(saved, walk->counter, sizeof saved);
        if (turned) turn_over(table, walk->counter, walk->last_date, date);
        start_episodes(table, program, date, visit.continues, walk->counter);
        visit.is_large = could_pass_limit(walk->counter, table->n_counters, visit.total);
        walk->bound = MS_FEN_MAX; /* so that it is looked at again */
    }
    run_chain(table, program, chain, &visit, bill, NULL);
    if (visit.is_large && greatest(walk->counter, table->n_counters) > MS_FEN_MAX) {
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
