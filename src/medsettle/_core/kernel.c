/* Settling claims: choosing the program, running its layers, keeping the counters. */
#include "kernel.h"

#include "calendar.h"

#include <string.h>

#define RARE __attribute__((noinline, cold))

/* Days from 0001-01-01, counted as 1, to 1970-01-01. */
#define MS_DAY_ZERO 719163

/* A claim on its way through the layers: in whole fen, or counted in 1/den fen. */
#define BILL_OF(amount)                                                                            \
    int64_t *counter;                                                                              \
    amount part[MS_PARTS];                                                                         \
    int64_t fund[MS_FUNDS];                                                                        \
    int64_t paid[MS_LAYERS]; /* by position, where a layer ran */                                  \
    uint32_t ran;            /* bit i: the i-th layer ran */                                       \
    int64_t left;            /* of the bill, that layers may pay */                                \
    int64_t reserve;         /* of the bill, that no layer may pay */                              \
    int32_t days;                                                                                  \
    int32_t continues;                                                                             \
    int64_t deductible /* of the first layer that has one */

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

/* So much for each day; more than any bill can be stands for all that is more. */
static inline int64_t by_the_day(int64_t limit, int64_t days) {
    return days != 0 && limit > MS_FEN_MAX / days ? MS_FEN_MAX : limit * days;
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
                                 whole_bill *bill) {
    const ms_layer *layer = table->layer + use->layer;
    int64_t *counter = bill->counter;
    if ((use->tops_up | row->first_share | layer->special) != 0) return 0;
    if (use->n_base > MS_SHORT_BASE) return 0;
    int64_t base = 0, deductible = 0, pay = 0;
    for (int i = 0; i < MS_SHORT_BASE; i++) base += bill->part[use->base[i]];
    if (base > 0) {
        deductible = whole_take_deductible(table, layer, row, base, bill, 1);
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
    bill->paid[use->position] = pay;
    if (row->n_amounts != 0 && bill->deductible < 0) bill->deductible = deductible;
    bill->ran |= 1u << use->position;
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
    exact.reserve = bill->reserve;
    exact.days = bill->days;
    exact.continues = bill->continues;
    exact.deductible = bill->deductible;
    exact.ran = bill->ran;
    while (link < end) {
        const ms_use *use = table->use + program->use + link->use;
        int64_t finer = exact_evaluate(table, use, table->row + link->row, &exact, step);
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

/* Puts the item groups of the in-scope amount into parts of their own. */
static RARE void split_items(const ms_table *table, const ms_program *program, const int64_t *item,
                             whole_bill *bill) {
    for (uint32_t i = 0; i < table->n_items; i++) {
        bill->part[program->item_part[i]] += item[i];
        bill->part[program->amount_part[MS_AMOUNTS - 1]] -= item[i];
    }
}

/* Counts the visit.  A continued stay is one only where it is the first of a new year, and where
 * the policy says so. */
static inline void count_visit(const ms_chain *chain, whole_bill *bill) {
    for (int i = 0; i < MS_ORDINALS && chain->ordinal[i] != MS_NONE; i++) {
        int64_t *visits = bill->counter + chain->ordinal[i];
        int counts = !bill->continues || (*visits == 0 && chain->continued_counts >> i & 1);
        *visits += counts;
    }
}

/* What a claim brings to a chain. */
typedef struct visit {
    const int64_t *amount;
    const int64_t *item;
    int64_t total;
    int32_t days;
    int32_t continues;
    int is_large; /* amounts and counters may be too large for whole mode */
} visit;

/* Runs a chain on a bill of the four amounts and moves the counters. */
static inline void run_chain(const ms_table *table, const ms_program *program,
                             const ms_chain *chain, const visit *visit, whole_bill *bill,
                             ms_step *step) {
    memset(bill->part, 0, sizeof *bill->part * 8);
    bill->part[MS_EMPTY_PART] = 0;
    if (program->n_parts > 8) memset(bill->part + 8, 0, sizeof *bill->part * (MS_PARTS - 8));
    for (int i = 0; i < MS_AMOUNTS; i++) bill->part[program->amount_part[i]] += visit->amount[i];
    if (table->n_items != 0) split_items(table, program, visit->item, bill);
    memset(bill->fund, 0, sizeof *bill->fund * 4);
    if (table->n_funds > 4) memset(bill->fund + 4, 0, sizeof *bill->fund * (MS_FUNDS - 4));
    bill->left = visit->total;
    bill->reserve = 0;
    bill->days = visit->days;
    bill->continues = visit->continues;
    bill->deductible = -1;
    bill->ran = 0;
    int long_way = (step != NULL) | visit->continues;
    if (program->pay_at_most != MS_PPM) {
        bill->left = ms_half_up_wide((ms_wide)visit->total * program->pay_at_most, MS_PPM);
        bill->reserve = visit->total - bill->left;
        long_way = 1;
    }

    const ms_link *link = table->link + chain->link;
    const ms_link *end = link + chain->n_links;
    for (; link < end && !visit->is_large; link++) {
        const ms_use *use = table->use + program->use + link->use;
        const ms_row *row = table->row + link->row;
        if (long_way || !take_short_way(table, use, row, bill)) {
            if (whole_evaluate(table, use, row, bill, step) != 1) break;
            step += step != NULL;
        }
    }
    if (link < end) run_exact(table, program, link, end, bill, step);
    bill->left += bill->reserve;
    if (bill->deductible < 0) bill->deductible = 0;
    count_visit(chain, bill);
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

/* ---- dates ---- */

/* Starts the counters again whose window has turned between two days. */
static RARE void turn_over(const ms_table *table, int64_t *counter, int32_t last, int32_t now) {
    civil a = civil_from_day(last);
    civil b = civil_from_day(now);
    int turned[MS_WINDOWS] = {0};
    int calendar_year = a.year != b.year;
    turned[MS_YEAR] = policy_year(a, table->year_month) != policy_year(b, table->year_month);
    turned[MS_QUARTER] = calendar_year || (a.month - 1) / 3 != (b.month - 1) / 3;
    turned[MS_MONTH] = calendar_year || a.month != b.month;
    turned[MS_DAY] = last != now;
    for (uint32_t i = 0; i < table->n_counters; i++) {
        if (turned[table->window[i]]) counter[i] = 0;
    }
}

/* Starts the stays and periods again that a claim of the program does not go on with. */
static RARE void start_episodes(const ms_table *table, const ms_program *program, int32_t date,
                                int continues, int64_t *counter) {
    for (uint32_t e = 0; e < program->n_episodes; e++) {
        const ms_episode *episode = table->episode + program->episode + e;
        int goes_on = continues;
        if (episode->start != MS_NONE) {
            int64_t begun = counter[episode->start], today = (int64_t)date + MS_DAY_ZERO;
            if (today < 1) today = 1; /* a counter is never negative */
            goes_on = begun != 0 && today - begun < episode->days;
            if (episode->within_stay && !continues) goes_on = 0;
            if (!goes_on) counter[episode->start] = today;
        }
        for (uint32_t i = 0; !goes_on && i < episode->n_resets; i++) {
            counter[table->reset[episode->reset + i]] = 0;
        }
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

/* Finds what settles a claim: MS_OK, or why nothing does. */
static int find_rule(const ms_table *table, const ms_claim *claim, int64_t total,
                     const ms_program **program, const ms_chain **chain) {
    season rule = season_of(table, claim->rule_date);
    int status = find_program(table, rule.program, claim->benefit, program);
    if (status != MS_OK) return status;
    uint32_t profile = 0;
    for (int k = 0; k < (*program)->n_axes; k++) {
        profile += look_up(table, *program, k, claim->code[(*program)->axis[k]]);
    }
    status = find_chain(table, *program, profile, total, chain);
    if (status == MS_OK && (*chain)->needs_days && claim->days < 0) return MS_NO_FIGURE;
    return status;
}

void ms_settle(const ms_table *table, const ms_claim *claim, ms_ytd *ytd, ms_result *result,
               ms_step *steps) {
    memset(result, 0, sizeof *result);
    int64_t total = 0;
    const ms_program *program = NULL;
    const ms_chain *chain = NULL;
    int has_past = ytd->last_date != MS_NO_DATE;
    int status = check_amounts(claim->amount, &total);
    if (status == MS_OK && table->n_items != 0) {
        status = check_items(table, claim->item, claim->amount[MS_AMOUNTS - 1]);
    }
    if (status == MS_OK && has_past && claim->date < ytd->last_date) status = MS_OUT_OF_ORDER;
    if (status == MS_OK) status = find_rule(table, claim, total, &program, &chain);
    result->status = status;
    if (status != MS_OK) return;

    uint32_t n_counters = table->n_counters;
    int64_t counter[MS_COUNTERS];
    memcpy(counter, ytd->counter, n_counters * sizeof *counter);
    if (has_past && ytd->last_date != claim->date) {
        int32_t from, until;
        window_around(table, claim->date, &from, &until);
        if (ytd->last_date < from) turn_over(table, counter, ytd->last_date, claim->date);
    }
    if (program->n_episodes != 0) {
        start_episodes(table, program, claim->date, claim->continues, counter);
    }
    whole_bill bill;
    bill.counter = counter;
    visit visit = {claim->amount, claim->item, total, claim->days, claim->continues != 0, 0};
    visit.is_large = could_pass_limit(counter, n_counters, total);
    run_chain(table, program, chain, &visit, &bill, steps);
    if (visit.is_large && greatest(counter, n_counters) > MS_FEN_MAX) {
        result->status = MS_COUNTER_LIMIT;
        return;
    }
    for (uint32_t i = 0; steps != NULL && i < chain->n_links; i++) {
        const ms_link *link = table->link + chain->link + i;
        steps[i].use = program->use + link->use;
        steps[i].row = link->row;
        result->n_steps++;
    }
    memcpy(ytd->counter, counter, n_counters * sizeof *counter);
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
