/* Compares the kernel with the oracle: settles the claims of a file and checks every number.
 *
 *   settle_cases IMAGE CASES
 *
 * CASES is written by oracle_cases.py: what medsettle.reference says of each claim.  Every claim is
 * settled alone, with and without steps, and then all of them as batches: in one block and in
 * small ones, from columns side by side and from an array of structs.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRACTIONS = 7, TOKEN = 64 };

/* number / unit, in lowest terms */
typedef struct fraction {
    ms_wide number;
    ms_wide unit;
} fraction;

typedef struct told_step {
    int64_t layer, pay, cut;
    /* base, deductible, cost, copay, over_ceiling, person_share, first_share */
    fraction amount[FRACTIONS];
} told_step;

typedef struct told {
    int64_t person;
    uint8_t given;
    ms_claim claim;
    int64_t status, deductible, cash;
    int64_t fund[MS_FUNDS];
    int64_t counter[MS_COUNTERS];
    int64_t n_steps;
    told_step *step;
} told;

static long passed, failed;

static void check(int holds, const char *what, int64_t row) {
    if (holds) {
        passed++;
        return;
    }
    failed++;
    if (failed <= 20) fprintf(stderr, "claim %lld: %s\n", (long long)row, what);
}

static void *must(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "no memory, or a file that cannot be read\n");
        exit(2);
    }
    return memory;
}

/* ---- reading ---- */

static ms_wide read_wide(FILE *file) {
    char text[TOKEN];
    if (fscanf(file, "%63s", text) != 1) must(NULL);
    const char *c = text;
    int negative = *c == '-';
    if (negative) c++;
    ms_wide value = 0;
    for (; *c != '\0'; c++) value = value * 10 + (*c - '0');
    return negative ? -value : value;
}

static int64_t read_number(FILE *file) {
    return (int64_t)read_wide(file);
}

static void *read_image(const char *path, size_t *size) {
    FILE *file = must(fopen(path, "rb"));
    if (fseek(file, 0, SEEK_END) != 0) must(NULL);
    *size = (size_t)ftell(file);
    rewind(file);
    void *image = must(malloc(*size));
    if (fread(image, 1, *size, file) != *size) must(NULL);
    fclose(file);
    return image;
}

static void read_told(FILE *file, const ms_table *table, told *row) {
    memset(row, 0, sizeof *row);
    row->person = read_number(file);
    row->given = (uint8_t)read_number(file);
    row->claim.date = (int32_t)read_number(file);
    row->claim.rule_date = (int32_t)read_number(file);
    row->claim.days = (int32_t)read_number(file);
    row->claim.continues = (uint8_t)read_number(file);
    row->claim.benefit = (uint8_t)read_number(file);
    for (int a = 0; a < MS_AXES; a++) row->claim.code[a] = (uint8_t)read_number(file);
    for (int a = 0; a < MS_AMOUNTS; a++) row->claim.amount[a] = read_number(file);
    for (int k = 0; k < MS_ITEMS; k++) row->claim.item[k] = read_number(file);
    row->status = read_number(file);
    row->deductible = read_number(file);
    row->cash = read_number(file);
    for (uint32_t f = 0; f < table->n_funds; f++) row->fund[f] = read_number(file);
    for (uint32_t c = 0; c < table->n_counters; c++) row->counter[c] = read_number(file);
    row->n_steps = read_number(file);
    row->step = must(calloc((size_t)row->n_steps + 1, sizeof *row->step));
    for (int64_t s = 0; s < row->n_steps; s++) {
        told_step *step = row->step + s;
        step->layer = read_number(file);
        step->pay = read_number(file);
        step->cut = read_number(file);
        for (int k = 0; k < FRACTIONS; k++) {
            step->amount[k].number = read_wide(file);
            step->amount[k].unit = read_wide(file);
        }
    }
}

/* ---- one by one ---- */

static int is_same(ms_wide value, ms_wide unit, fraction expected) {
    return unit % expected.unit == 0 && value == expected.number * (unit / expected.unit);
}

static void check_steps(const ms_table *table, const told *row, const ms_result *result,
                        const ms_step *steps, int64_t i) {
    check(result->n_steps == row->n_steps, "number of steps", i);
    if (result->n_steps != row->n_steps) return;
    for (int64_t s = 0; s < row->n_steps; s++) {
        const ms_step *step = steps + s;
        const told_step *expected = row->step + s;
        ms_wide den = step->den;
        const ms_layer *layer = table->layer + table->use[step->use].layer;
        check(layer->meta == expected->layer, "layer of a step", i);
        check(step->pay == expected->pay, "payment of a step", i);
        check((step->cut != 0) == expected->cut, "cut of a step", i);
        check(is_same(step->base, den, expected->amount[0]), "base of a step", i);
        check(is_same(step->deductible, den, expected->amount[1]), "deductible of a step", i);
        check(is_same(step->cost, den, expected->amount[2]), "cost of a step", i);
        check(is_same(step->copay, den, expected->amount[3]), "copay of a step", i);
        check(is_same(step->over_ceiling, den, expected->amount[4]), "over_ceiling of a step", i);
        check(is_same(step->person_share, den * MS_PPM, expected->amount[5]), "person_share", i);
        check(is_same(step->first_share, den, expected->amount[6]), "first share of a step", i);
    }
}

static void check_result(const ms_table *table, const told *row, const ms_result *result,
                         const ms_ytd *before, const ms_ytd *after, int64_t i) {
    check(result->status == row->status, "status", i);
    check(result->deductible == row->deductible, "deductible", i);
    check(result->cash == row->cash, "cash", i);
    for (uint32_t f = 0; f < table->n_funds; f++) {
        check(result->fund[f] == row->fund[f], "fund", i);
    }
    if (row->status != MS_OK) {
        check(memcmp(before, after, sizeof *before) == 0, "a refused claim moved the counters", i);
        return;
    }
    int64_t total = 0;
    for (int a = 0; a < MS_AMOUNTS; a++) total += row->claim.amount[a];
    for (uint32_t f = 0; f < table->n_funds; f++) total -= result->fund[f];
    check(total == result->cash, "who pays is not the bill", i);
    check(after->last_date == row->claim.date, "last date", i);
    check(memcmp(after->counter, row->counter, sizeof row->counter) == 0, "counters", i);
}

static void settle_alone(const ms_table *table, const told *rows, int64_t n) {
    ms_ytd ytd;
    for (int64_t i = 0; i < n; i++) {
        const told *row = rows + i;
        if (i == 0 || row->person != row[-1].person) {
            memset(&ytd, 0, sizeof ytd);
            ytd.last_date = MS_NO_DATE;
        }
        if (row->given != MS_OK) continue;
        ms_ytd before = ytd, traced = ytd;
        ms_result result, again;
        ms_step steps[MS_LAYERS];
        ms_settle(table, &row->claim, &ytd, &result, NULL);
        check_result(table, row, &result, &before, &ytd, i);
        ms_settle(table, &row->claim, &traced, &again, steps);
        check_result(table, row, &again, &before, &traced, i);
        if (row->status == MS_OK) check_steps(table, row, &again, steps, i);
    }
}

/* ---- batches ---- */

typedef struct output {
    int64_t *fund[MS_FUNDS];
    int64_t *deductible;
    int64_t *cash;
    uint8_t *status;
} output;

static output make_output(int64_t n) {
    output out;
    for (int f = 0; f < MS_FUNDS; f++) out.fund[f] = must(calloc((size_t)n + 1, sizeof(int64_t)));
    out.deductible = must(calloc((size_t)n + 1, sizeof(int64_t)));
    out.cash = must(calloc((size_t)n + 1, sizeof(int64_t)));
    out.status = must(calloc((size_t)n + 1, 1));
    return out;
}

static void free_output(output *out) {
    for (int f = 0; f < MS_FUNDS; f++) free(out->fund[f]);
    free(out->deductible);
    free(out->cash);
    free(out->status);
}

static ms_column from_rows(const void *first) {
    ms_column column = {first, sizeof(told)};
    return column;
}

/* Settles rows [start, start + n) straight from the array of structs. */
static int64_t settle_block(const ms_table *table, const told *rows, int64_t start, int64_t n,
                            const output *out, ms_stream *stream) {
    const told *row = rows + start;
    ms_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.n = n;
    batch.person = from_rows(&row->person);
    batch.given = from_rows(&row->given);
    batch.date = from_rows(&row->claim.date);
    batch.benefit = from_rows(&row->claim.benefit);
    for (int a = 0; a < MS_AXES; a++) batch.code[a] = from_rows(&row->claim.code[a]);
    for (int a = 0; a < MS_AMOUNTS; a++) batch.amount[a] = from_rows(&row->claim.amount[a]);
    for (int k = 0; k < MS_ITEMS; k++) batch.item[k] = from_rows(&row->claim.item[k]);
    batch.rule_date = from_rows(&row->claim.rule_date);
    batch.days = from_rows(&row->claim.days);
    batch.continues = from_rows(&row->claim.continues);
    for (int f = 0; f < MS_FUNDS; f++) batch.fund[f] = out->fund[f] + start;
    batch.deductible = out->deductible + start;
    batch.cash = out->cash + start;
    batch.status = out->status + start;
    return ms_settle_batch(table, &batch, stream);
}

/* Settles one row as a batch of columns side by side, persons in 32 bits. */
static int64_t settle_copied(const ms_table *table, const told *row, int64_t i, const output *out,
                             ms_stream *stream) {
    static const uint8_t no_given = MS_OK;
    int32_t person = (int32_t)row->person;
    ms_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.n = 1;
    batch.person_is_32_bit = 1;
    batch.person = (ms_column){(const char *)&person, sizeof person};
    batch.given = (ms_column){(const char *)(row->given == MS_OK ? &no_given : &row->given), 0};
    batch.date = (ms_column){(const char *)&row->claim.date, 4};
    batch.benefit = (ms_column){(const char *)&row->claim.benefit, 1};
    for (int a = 0; a < MS_AXES; a++) {
        batch.code[a] = (ms_column){(const char *)&row->claim.code[a], 1};
    }
    for (int a = 0; a < MS_AMOUNTS; a++) {
        batch.amount[a] = (ms_column){(const char *)&row->claim.amount[a], 8};
    }
    for (int k = 0; k < MS_ITEMS; k++) {
        batch.item[k] = (ms_column){(const char *)&row->claim.item[k], 8};
    }
    /* what a claim does not tell has no column */
    if (row->claim.rule_date != row->claim.date) {
        batch.rule_date = (ms_column){(const char *)&row->claim.rule_date, 4};
    }
    if (row->claim.days >= 0) batch.days = (ms_column){(const char *)&row->claim.days, 4};
    if (row->claim.continues) batch.continues = (ms_column){(const char *)&row->claim.continues, 1};
    for (int f = 0; f < MS_FUNDS; f++) batch.fund[f] = out->fund[f] + i;
    batch.deductible = out->deductible + i;
    batch.cash = out->cash + i;
    batch.status = out->status + i;
    return ms_settle_batch(table, &batch, stream);
}

static void check_batch(const ms_table *table, const told *rows, int64_t n, const output *out,
                        int64_t refused) {
    int64_t expected = 0;
    for (int64_t i = 0; i < n; i++) {
        expected += rows[i].status != MS_OK;
        check(out->status[i] == rows[i].status, "status in a batch", i);
        check(out->deductible[i] == rows[i].deductible, "deductible in a batch", i);
        check(out->cash[i] == rows[i].cash, "cash in a batch", i);
        for (uint32_t f = 0; f < table->n_funds; f++) {
            check(out->fund[f][i] == rows[i].fund[f], "fund in a batch", i);
        }
    }
    check(refused == expected, "number refused in a batch", n);
}

/* Blocks of `size` claims; 0: one claim at a time, copied into columns. */
static void settle_in_blocks(const ms_table *table, const told *rows, int64_t n, int64_t size) {
    output out = make_output(n);
    ms_stream stream;
    memset(&stream, 0, sizeof stream);
    int64_t refused = 0;
    for (int64_t i = 0; i < n;) {
        int64_t block = size < n - i ? size : n - i;
        if (size == 0) {
            refused += settle_copied(table, rows + i, i, &out, &stream);
            i++;
        } else {
            refused += settle_block(table, rows, i, block, &out, &stream);
            i += block;
        }
    }
    refused += settle_block(table, rows, 0, 0, &out, &stream); /* nothing: changes nothing */
    check_batch(table, rows, n, &out, refused);
    free_output(&out);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: settle_cases IMAGE CASES\n");
        return 2;
    }
    size_t size;
    void *image = read_image(argv[1], &size);
    ms_table table;
    ms_error error;
    if (ms_table_open(&table, image, size, &error) != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], error.message);
        return 2;
    }
    FILE *file = must(fopen(argv[2], "r"));
    int64_t n = read_number(file);
    told *rows = must(calloc((size_t)n + 1, sizeof *rows));
    for (int64_t i = 0; i < n; i++) read_told(file, &table, rows + i);
    fclose(file);

    settle_alone(&table, rows, n);
    settle_in_blocks(&table, rows, n, n + 1);
    settle_in_blocks(&table, rows, n, 7);
    settle_in_blocks(&table, rows, n, 1);
    settle_in_blocks(&table, rows, n, 0);

    for (int64_t i = 0; i < n; i++) free(rows[i].step);
    free(rows);
    free(image);
    printf("%lld claims: %ld passed, %ld failed\n", (long long)n, passed, failed);
    return failed != 0;
}
