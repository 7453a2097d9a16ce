/* One claim's message and answer as JSON: what of it is arithmetic, and what is written there.
 * docs/json.md describes both. */
#ifndef MS_MESSAGE_H
#define MS_MESSAGE_H

#include "text.h"

/* Of the answer, behind those of the payers: deductible, cash, total, total_funds. */
enum { MS_ANSWER_AMOUNTS = 4 };

/* What the answers of one table have in common. */
typedef struct ms_form {
    uint32_t n_funds;
    uint32_t n_counters;
    uint32_t no_funds;                             /* bit i: the i-th payer is no fund */
    ms_words amount[MS_FUNDS + MS_ANSWER_AMOUNTS]; /* what stands before each amount */
    ms_words counter[MS_COUNTERS];                 /* and before each counter, but for the comma */
    ms_words behind;                               /* what follows the counters, up to the id */
} ms_form;

/* Lets the full self-pay be what the total leaves, or, where it is stated, checks the sum.  Returns
 * 0 where the amounts are above the total or do not add up, or one is beyond what a bill can be. */
static inline int ms_fit_total(int64_t *amount, int64_t total, int self_pay_is_stated) {
    int64_t rest = total;
    if (total > MS_FEN_MAX || total < 0) return 0;
    for (int i = 1; i < MS_AMOUNTS; i++) {
        if (amount[i] > MS_FEN_MAX || amount[i] < -MS_FEN_MAX) return 0;
        rest -= amount[i];
    }
    if (rest < 0 || (self_pay_is_stated && amount[0] != rest)) return 0;
    amount[0] = rest;
    return 1;
}

/* How much room the amounts and counters of an answer may take. */
static inline size_t ms_answer_room(const ms_form *form) {
    size_t room = form->behind.size;
    for (uint32_t i = 0; i < form->n_funds + MS_ANSWER_AMOUNTS; i++) {
        room += form->amount[i].size + MS_NUMBER_ROOM;
    }
    for (uint32_t i = 0; i < form->n_counters; i++) {
        room += form->counter[i].size + MS_NUMBER_ROOM + 1;
    }
    return room + sizeof "YYYY-MM-DD";
}

/* Writes the amounts of an answer: every payer, then deductible, cash, total and total_funds. */
static inline char *ms_put_amounts(char *at, const ms_form *form, const ms_claim *claim,
                                   const ms_result *result) {
    int64_t last[MS_ANSWER_AMOUNTS] = {result->deductible, result->cash, 0, 0};
    for (int i = 0; i < MS_AMOUNTS; i++) last[2] += claim->amount[i];
    last[3] = last[2] - result->cash;
    const ms_words *before = form->amount;
    for (uint32_t i = 0; i < form->n_funds; i++, before++) {
        if (form->no_funds >> i & 1) last[3] -= result->fund[i];
        at = ms_put_yuan(ms_put_words(at, *before), result->fund[i]);
    }
    for (int i = 0; i < MS_ANSWER_AMOUNTS; i++, before++) {
        at = ms_put_yuan(ms_put_words(at, *before), last[i]);
    }
    return at;
}

/* Writes what a person carries on: the day, every counter that is not zero, and what follows. */
static inline char *ms_put_year(char *at, const ms_form *form, const ms_ytd *after) {
    static const char counters[] = "\",\"counters\":{";
    at = ms_put_day(at, after->last_date);
    at = ms_put(at, counters, sizeof counters - 1);
    int comma = 0;
    for (uint32_t i = 0; i < form->n_counters; i++) {
        if (after->counter[i] == 0) continue;
        *at = ',';
        at = ms_put_words(at + comma, form->counter[i]);
        at = ms_put_whole(at, after->counter[i]);
        comma = 1;
    }
    return ms_put_words(at, form->behind);
}

#endif
