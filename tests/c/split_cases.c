/* Compares the kernel of fee lines with the oracle: splits the bills of a file, checks every
 * number.
 *
 *   split_cases IMAGE CASES
 *
 * CASES is written by line_cases.py: what medsettle.reference says of each line.  The codes are
 * found three ways; the bills are split all at once, with every column, and one by one, where what
 * no line tells has no column.
 */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 256, CODE = MS_CODE + 14, TOKEN = 64 };

typedef struct told_line {
    char code[CODE];
    int32_t item;
    int32_t date;
    int64_t price, quantity, charged, returns;
    int32_t supply;
    uint8_t approval, flags;
    int64_t status, amount, part[MS_AMOUNTS];
} told_line;

typedef struct told_bill {
    int32_t date, days;
    uint8_t insured, level;
    int64_t status, part[MS_AMOUNTS], group[MS_ITEMS];
} told_bill;

typedef struct told {
    int64_t n_bills, n_lines, longest;
    int32_t n_columns;
    uint8_t class_column[3], group_column[GROUPS];
    int64_t *first;
    told_bill *bill;
    told_line *line;
} told;

static long passed, failed;

static void check(int holds, const char *what, int64_t row) {
    if (holds) {
        passed++;
        return;
    }
    failed++;
    if (failed <= 20) fprintf(stderr, "%lld: %s\n", (long long)row, what);
}

static void *must(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "no memory, or a file that cannot be read\n");
        exit(2);
    }
    return memory;
}

static void *make(int64_t n, size_t size) {
    return must(calloc((size_t)n + 1, size));
}

/* ---- reading ---- */

static int64_t read_number(FILE *file) {
    char text[TOKEN];
    if (fscanf(file, "%63s", text) != 1) must(NULL);
    return strtoll(text, NULL, 10);
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

/* A code stands as its length and, unless that is 0, its bytes, of which none is a space. */
static void read_line(FILE *file, told_line *line) {
    if (read_number(file) != 0 && fscanf(file, "%63s", line->code) != 1) must(NULL);
    line->price = read_number(file);
    line->quantity = read_number(file);
    line->charged = read_number(file);
    line->date = (int32_t)read_number(file);
    line->approval = (uint8_t)read_number(file);
    line->flags = (uint8_t)read_number(file);
    line->supply = (int32_t)read_number(file);
    line->returns = read_number(file);
    line->status = read_number(file);
    line->amount = read_number(file);
    for (int a = 0; a < MS_AMOUNTS; a++) line->part[a] = read_number(file);
}

static void read_bill(FILE *file, told *all, int64_t b) {
    told_bill *bill = all->bill + b;
    bill->date = (int32_t)read_number(file);
    bill->insured = (uint8_t)read_number(file);
    bill->level = (uint8_t)read_number(file);
    bill->days = (int32_t)read_number(file);
    bill->status = read_number(file);
    for (int a = 0; a < MS_AMOUNTS; a++) bill->part[a] = read_number(file);
    for (int k = 0; k < all->n_columns; k++) bill->group[k] = read_number(file);
    int64_t n = read_number(file), start = all->first[b];
    all->first[b + 1] = start + n;
    if (n > all->longest) all->longest = n;
    for (int64_t i = 0; i < n; i++) read_line(file, all->line + start + i);
}

static void read_told(FILE *file, told *all) {
    all->n_bills = read_number(file);
    all->n_lines = read_number(file);
    all->n_columns = (int32_t)read_number(file);
    for (int c = 0; c < 3; c++) all->class_column[c] = (uint8_t)read_number(file);
    int64_t n_groups = read_number(file);
    for (int64_t g = 0; g < n_groups; g++) all->group_column[g] = (uint8_t)read_number(file);
    all->first = make(all->n_bills, sizeof *all->first);
    all->bill = make(all->n_bills, sizeof *all->bill);
    all->line = make(all->n_lines, sizeof *all->line);
    for (int64_t b = 0; b < all->n_bills; b++) read_bill(file, all, b);
}

/* ---- codes ---- */

static void check_found(const told *all, const int32_t *found, const char *what) {
    for (int64_t i = 0; i < all->n_lines; i++) check(found[i] == all->line[i].item, what, i);
}

/* Finds the items from the array of structs, then from texts one after the other. */
static void find_items(const ms_catalogue *catalogue, told *all) {
    int64_t n = all->n_lines, at = 0;
    int32_t *found = make(n, sizeof *found), *offset32 = make(n + 1, sizeof *offset32);
    int64_t *offset64 = make(n + 1, sizeof *offset64);
    char *data = make(n, CODE);
    ms_texts texts = {all->line->code, NULL, NULL, sizeof *all->line, CODE};
    ms_find_items(catalogue, &texts, n, found);
    for (int64_t i = 0; i < n; i++) {
        size_t length = strlen(all->line[i].code);
        memcpy(data + at, all->line[i].code, length);
        at += (int64_t)length;
        offset32[i + 1] = (int32_t)at;
        offset64[i + 1] = at;
        all->line[i].item = found[i];
        int is_known =
            all->line[i].status != MS_LINE_BAD_CODE && all->line[i].status != MS_LINE_UNKNOWN_ITEM;
        check((found[i] >= 0) == is_known, "item found", i);
        check(found[i] < 0 ||
                  strncmp(catalogue->item[found[i]].code, all->line[i].code, MS_CODE) == 0,
              "another item found", i);
    }
    ms_find_items(catalogue, &(ms_texts){data, offset32, NULL, 0, 0}, n, found);
    check_found(all, found, "item found with narrow offsets");
    ms_find_items(catalogue, &(ms_texts){data, NULL, offset64, 0, 0}, n, found);
    check_found(all, found, "item found with wide offsets");
    for (int64_t i = 0; i < n; i++) {
        if (all->line[i].status == MS_LINE_BAD_CODE) all->line[i].item = MS_BAD_ITEM_CODE;
    }
    free(found);
    free(offset32);
    free(offset64);
    free(data);
}

/* The index that the image has is the one that its items give. */
static void check_index(const ms_catalogue *catalogue) {
    size_t n = (size_t)catalogue->slot_mask + 1;
    ms_slot *slot = make((int64_t)n, sizeof *slot);
    ms_catalogue_index(catalogue->item, catalogue->n_items, slot, catalogue->slot_mask);
    check(memcmp(slot, catalogue->slot, n * sizeof *slot) == 0, "index", 0);
    free(slot);
}

/* ---- splitting ---- */

static ms_column of_lines(const void *first) {
    return (ms_column){first, sizeof(told_line)};
}

static ms_column of_bills(const void *first) {
    return (ms_column){first, sizeof(told_bill)};
}

/* Fills in the columns of all lines and bills. */
static void set_columns(ms_line_batch *batch, const told *all, const told_line *line,
                        const told_bill *bill) {
    batch->item = of_lines(&line->item);
    batch->price = of_lines(&line->price);
    batch->quantity = of_lines(&line->quantity);
    batch->charged = of_lines(&line->charged);
    batch->date = of_lines(&line->date);
    batch->approval = of_lines(&line->approval);
    batch->flags = of_lines(&line->flags);
    batch->supply = of_lines(&line->supply);
    batch->returns = of_lines(&line->returns);
    batch->bill_date = of_bills(&bill->date);
    batch->insured = of_bills(&bill->insured);
    batch->level = of_bills(&bill->level);
    batch->days = of_bills(&bill->days);
    batch->group_column = all->group_column;
    batch->class_column = all->class_column;
    batch->n_group_columns = all->n_columns;
}

/* What no line tells is left out. */
static void leave_out(ms_line_batch *batch, const told_line *line, int64_t n,
                      const told_bill *bill) {
    int charged = 0, date = 0, approval = 0, flags = 0, supply = 0, returns = 0;
    for (int64_t i = 0; i < n; i++) {
        charged |= line[i].charged != MS_NOT_CHARGED;
        date |= line[i].date != MS_DATE_OF_BILL;
        approval |= line[i].approval != 0;
        flags |= line[i].flags != 0;
        supply |= line[i].supply != 0;
        returns |= line[i].returns >= 0;
    }
    if (!charged) batch->charged.base = NULL;
    if (!date) batch->date.base = NULL;
    if (!approval) batch->approval.base = NULL;
    if (!flags) batch->flags.base = NULL;
    if (!supply) batch->supply.base = NULL;
    if (bill->days < 0) batch->days.base = NULL;
    if (!returns) {
        batch->returns.base = NULL;
        batch->group = NULL;
    }
}

static void check_line(const told_line *line, const ms_line_batch *batch, int64_t at, int64_t i) {
    check(batch->line_status[at] == line->status, "status of a line", i);
    check(batch->amount[at] == line->amount, "amount of a line", i);
    int64_t sum = 0;
    for (int a = 0; a < MS_AMOUNTS; a++) {
        check(batch->part[a][at] == line->part[a], "part of a line", i);
        sum += batch->part[a][at];
    }
    check(sum == batch->amount[at], "a line does not add up", i);
}

static void check_bill(const told *all, const ms_line_batch *batch, int64_t at, int64_t b) {
    const told_bill *bill = all->bill + b;
    check(batch->bill_status[at] == bill->status, "status of a bill", b);
    for (int a = 0; a < MS_AMOUNTS; a++) {
        check(batch->bill_part[a][at] == bill->part[a], "part of a bill", b);
    }
    for (int k = 0; k < all->n_columns; k++) {
        check(batch->bill_group[k][at] == bill->group[k], "item group of a bill", b);
    }
}

/* Makes room for what comes out, and the scratch. */
static void make_room(ms_line_batch *batch, int64_t n_lines, int64_t n_bills, int64_t longest) {
    batch->amount = make(n_lines, sizeof(int64_t));
    batch->line_status = make(n_lines, 1);
    batch->version = make(n_lines, sizeof(int32_t));
    batch->ceiling = make(n_lines, sizeof(int64_t));
    batch->share = make(n_lines, sizeof(uint32_t));
    for (int a = 0; a < MS_AMOUNTS; a++) {
        batch->part[a] = make(n_lines, sizeof(int64_t));
        batch->bill_part[a] = make(n_bills, sizeof(int64_t));
    }
    for (int k = 0; k < MS_ITEMS; k++) batch->bill_group[k] = make(n_bills, sizeof(int64_t));
    batch->bill_status = make(n_bills, 1);
    batch->group = make(longest, sizeof *batch->group);
    batch->used_mask = 1;
    while (batch->used_mask <= (uint64_t)longest) batch->used_mask = 2 * batch->used_mask + 1;
    batch->used = make((int64_t)batch->used_mask, sizeof *batch->used);
}

static void free_room(ms_line_batch *batch) {
    free(batch->amount);
    free(batch->line_status);
    free(batch->version);
    free(batch->ceiling);
    free(batch->share);
    for (int a = 0; a < MS_AMOUNTS; a++) {
        free(batch->part[a]);
        free(batch->bill_part[a]);
    }
    for (int k = 0; k < MS_ITEMS; k++) free(batch->bill_group[k]);
    free(batch->bill_status);
    free(batch->group);
    free(batch->used);
}

static void split_all(const ms_catalogue *catalogue, const told *all) {
    ms_line_batch batch;
    memset(&batch, 0, sizeof batch);
    make_room(&batch, all->n_lines, all->n_bills, all->longest);
    set_columns(&batch, all, all->line, all->bill);
    batch.n_bills = all->n_bills;
    batch.first = all->first;
    int64_t refused = ms_split_bills(catalogue, &batch), expected = 0;
    for (int64_t i = 0; i < all->n_lines; i++) check_line(all->line + i, &batch, i, i);
    for (int64_t b = 0; b < all->n_bills; b++) {
        check_bill(all, &batch, b, b);
        expected += all->bill[b].status != MS_OK;
    }
    check(refused == expected, "number refused", refused);
    free_room(&batch);
}

/* Splits bill by bill; the scratch is that of the bill before. */
static void split_each(const ms_catalogue *catalogue, const told *all) {
    ms_line_batch room;
    memset(&room, 0, sizeof room);
    make_room(&room, all->longest, 1, all->longest);
    for (int64_t b = 0; b < all->n_bills; b++) {
        int64_t start = all->first[b], n = all->first[b + 1] - start;
        int64_t first[2] = {0, n};
        ms_line_batch batch = room;
        set_columns(&batch, all, all->line + start, all->bill + b);
        leave_out(&batch, all->line + start, n, all->bill + b);
        batch.version = NULL;
        batch.n_bills = 1;
        batch.first = first;
        int64_t refused = ms_split_bills(catalogue, &batch);
        check(refused == (all->bill[b].status != MS_OK), "number refused alone", b);
        for (int64_t i = 0; i < n; i++) check_line(all->line + start + i, &batch, i, start + i);
        check_bill(all, &batch, 0, b);
        room.bills_seen = batch.bills_seen;
    }
    free_room(&room);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: split_cases IMAGE CASES\n");
        return 2;
    }
    size_t size;
    void *image = read_image(argv[1], &size);
    ms_catalogue catalogue;
    ms_error error;
    if (ms_catalogue_open(&catalogue, image, size, &error) != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], error.message);
        return 2;
    }
    FILE *file = must(fopen(argv[2], "r"));
    told all;
    memset(&all, 0, sizeof all);
    read_told(file, &all);
    fclose(file);

    check_index(&catalogue);
    find_items(&catalogue, &all);
    split_all(&catalogue, &all);
    split_each(&catalogue, &all);

    free(all.first);
    free(all.bill);
    free(all.line);
    free(image);
    printf("%lld bills: %ld passed, %ld failed\n", (long long)all.n_bills, passed, failed);
    return failed != 0;
}
