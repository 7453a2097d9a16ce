/* The counters between claims: what starts again, and how far they may go. */
#ifndef MS_COUNTERS_H
#define MS_COUNTERS_H

#include "calendar.h"

/* Days from 0001-01-01, counted as 1, to 1970-01-01. */
#define MS_DAY_ZERO 719163

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

static RARE int64_t greatest(const int64_t *counter, uint32_t n) {
    int64_t most = 0;
    for (uint32_t i = 0; i < n; i++) most = counter[i] > most ? counter[i] : most;
    return most;
}

/* Whether a claim could bring a counter, or a sum within a schedule, beyond MS_FEN_MAX. */
static inline int could_pass_limit(const int64_t *counter, uint32_t n, int64_t total) {
    return greatest(counter, n) + (total + 1) * MS_MOVES > MS_FEN_MAX;
}

#endif
