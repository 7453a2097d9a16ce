/* Settling one claim. */
#include "chain.h"
#include "counters.h"
#include "rule.h"

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
