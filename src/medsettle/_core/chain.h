/* Running a chain: a claim's bill goes through the layers that serve it. */
#ifndef MS_CHAIN_H
#define MS_CHAIN_H

#include <string.h>

#include "kernel.h"

/* A claim on its way through the layers: in whole fen, or counted in 1/den fen. */
#define BILL_OF(amount)                                                                            \
    int64_t *counter;                                                                              \
    amount part[MS_PARTS];                                                                         \
    int64_t fund[MS_FUNDS];                                                                        \
    int64_t paid[MS_LAYERS]; /* by position, where a layer ran */                                  \
    uint32_t ran;            /* bit i: the i-th layer ran */                                       \
    int64_t left;            /* of the bill, that funds may pay */                                 \
    int64_t reserve;         /* of the bill, that no fund may pay */                               \
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
    bill->reserve = exact.reserve;
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

/* Tells whether a layer is an account that holds nothing: it pays nothing and moves no counter. */
static inline int is_empty_account(const ms_layer *layer, const ms_row *row,
                                   const int64_t *counter) {
    /* a balance limits payments, and limits of costs come first: so it is the only ceiling */
    return layer->balance == 1 && layer->n_pay_ceilings == 1 && row->n_amounts == 0 &&
           layer->measured == MS_NONE && counter[layer->ceiling[0]] == 0;
}

/* Returns the end of a chain without the empty accounts that stand last: nothing that they would
 * leave goes to another layer. */
static inline const ms_link *before_empty_accounts(const ms_table *table, const ms_program *program,
                                                   const ms_chain *chain, const int64_t *counter) {
    const ms_link *end = table->link + chain->link + chain->n_links;
    for (int left = chain->n_links; left > 0; left--, end--) {
        const ms_use *use = table->use + program->use + end[-1].use;
        if (!is_empty_account(table->layer + use->layer, table->row + end[-1].row, counter)) break;
    }
    return end;
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
    if (table->has_accounts && step == NULL) {
        end = before_empty_accounts(table, program, chain, bill->counter);
    }
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

#endif
