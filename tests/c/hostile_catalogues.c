/* Opens catalogue images that are damaged or made to deceive: each must be refused, or split lines
 * safely.
 *
 *   hostile_catalogues IMAGE [RANDOM]
 *
 * Every field of the image of every width is set to values that deceive; then RANDOM images with
 * several such changes at once, and truncated ones.  What still opens finds codes and splits bills
 * of lines that are hostile too.  Run under ASan and UBSan; every copy is exactly as long as it
 * says.  Deterministic.
 */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 40, BILLS = 4, USED = 64, CODES = 8 };

static long refused, opened, failed;
static uint64_t state = 20260101;
/* Codes that the undamaged image has, and one that it has not. */
static char codes[CODES][MS_CODE];

static uint64_t draw(uint64_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static void *must(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "no memory, or a file that cannot be read\n");
        exit(2);
    }
    return memory;
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

/* ---- what an open catalogue must survive ---- */

static const int64_t PRICES[] = {
    0,         1,         4520000,         333333,   INT64_MAX, -1, MS_PRICE_MAX, MS_PRICE_MAX + 1,
    999999999, INT64_MIN, 999999999999999, 10000000, 50000001,
};
static const int64_t QUANTITIES[] = {
    10000, 1,          30000,     12345,     0,   MS_QUANTITY_MAX, MS_QUANTITY_MAX + 1,
    70000, 1000000000, INT64_MIN, INT64_MAX, 500,
};
static const int32_t DATES[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX, 0,     19722,
                                19723,     19905,         20088,     20147, 20240};
static const int32_t DAYS[] = {-1, 0, 3, INT32_MAX, INT32_MIN};

#define ONE_OF(values) ((values)[draw(sizeof(values) / sizeof *(values))])

typedef struct line {
    int32_t item, date, supply;
    uint8_t approval, flags;
    int64_t price, quantity, charged, returns;
    int64_t part[MS_AMOUNTS];
} line;

typedef struct bill {
    int32_t date, days;
    uint8_t insured, level;
} bill;

static void draw_line(line *one, const line *bill_start, int64_t at) {
    one->price = ONE_OF(PRICES);
    one->quantity = ONE_OF(QUANTITIES);
    one->charged = draw(4) == 0 ? ONE_OF(QUANTITIES) : MS_NOT_CHARGED;
    one->date = draw(3) == 0 ? ONE_OF(DATES) : MS_DATE_OF_BILL;
    one->approval = (uint8_t)draw(draw(8) == 0 ? 256 : 3);
    one->flags = (uint8_t)draw(draw(8) == 0 ? 256 : 4);
    one->supply = draw(4) == 0 ? ONE_OF(DATES) : (int32_t)draw(3000);
    one->returns = draw(16) == 0 ? (int64_t)draw(12) - 1 : -1;
    if (draw(16) == 0) one->item = draw(2) == 0 ? INT32_MAX : -(int32_t)draw(4);
    if (draw(32) == 0) one->returns = draw(2) == 0 ? INT64_MAX : INT64_MIN;
    if (at == 0 || draw(3) != 0) return;
    one->returns = (int64_t)draw((uint64_t)at);
    const line *original = bill_start + one->returns;
    one->item = original->item;
    one->price = original->price;
    one->charged = MS_NOT_CHARGED;
    int64_t back = original->quantity;
    one->quantity = back > 0 ? -(draw(2) == 0 ? back : 1 + (int64_t)draw((uint64_t)back)) : -1;
}

/* The scratch is exactly as large as lines.h asks for. */
static void split_lines(const ms_catalogue *catalogue, line *lines, const bill *bills,
                        const int64_t *first, int64_t n_bills) {
    static ms_line_group group[LINES];
    static ms_limit_used used[USED];
    static const uint8_t class_column[3] = {0, MS_ITEMS - 1, MS_NO_GROUP};
    static int64_t amount[LINES], part[MS_AMOUNTS][LINES], bill_part[MS_AMOUNTS][BILLS];
    static int64_t bill_group[MS_ITEMS][BILLS], ceiling[LINES];
    static uint8_t line_status[LINES], bill_status[BILLS];
    static int32_t version[LINES];
    static uint32_t share[LINES];
    uint32_t n_groups = catalogue->header->n_groups;
    uint8_t *group_column = must(malloc(n_groups + 1)), *groups = group_column + 1;
    for (uint32_t g = 0; g < n_groups; g++) groups[g] = g % 16 < MS_ITEMS ? g % 16 : MS_NO_GROUP;
    ms_line_batch batch;
    memset(&batch, 0, sizeof batch);
    memset(used, 0, sizeof used);
#define COLUMN(of, field) ((ms_column){(const char *)&(of)->field, sizeof *(of)})
    batch.n_bills = n_bills;
    batch.first = first;
    batch.item = COLUMN(lines, item);
    batch.price = COLUMN(lines, price);
    batch.quantity = COLUMN(lines, quantity);
    batch.charged = COLUMN(lines, charged);
    batch.date = COLUMN(lines, date);
    batch.approval = COLUMN(lines, approval);
    batch.flags = COLUMN(lines, flags);
    batch.supply = COLUMN(lines, supply);
    batch.returns = COLUMN(lines, returns);
    batch.bill_date = COLUMN(bills, date);
    batch.insured = COLUMN(bills, insured);
    batch.level = COLUMN(bills, level);
    batch.days = COLUMN(bills, days);
    batch.group_column = groups;
    batch.class_column = class_column;
    batch.n_group_columns = MS_ITEMS;
    batch.amount = amount;
    for (int a = 0; a < MS_AMOUNTS; a++) {
        batch.part[a] = part[a];
        batch.bill_part[a] = bill_part[a];
    }
    for (int k = 0; k < MS_ITEMS; k++) batch.bill_group[k] = bill_group[k];
    batch.line_status = line_status;
    batch.version = version;
    batch.ceiling = ceiling;
    batch.share = share;
    batch.bill_status = bill_status;
    batch.group = group;
    batch.used = used;
    batch.used_mask = USED - 1;
    ms_split_bills(catalogue, &batch);
    for (int64_t b = 0; b < n_bills; b++) {
        int64_t sum[MS_AMOUNTS] = {0};
        for (int64_t i = first[b]; i < first[b + 1]; i++) {
            int64_t total = 0;
            for (int a = 0; a < MS_AMOUNTS; a++) {
                total += part[a][i];
                sum[a] += part[a][i];
                if (lines[i].quantity > 0 && part[a][i] < 0) failed++;
            }
            if (total != amount[i] || (line_status[i] != MS_LINE_OK && total != 0)) failed++;
        }
        for (int a = 0; a < MS_AMOUNTS; a++) {
            if (bill_part[a][b] != (bill_status[b] == MS_OK ? sum[a] : 0)) failed++;
            if (bill_part[a][b] < 0) failed++;
        }
    }
    free(group_column);
}

static void split_all(const ms_catalogue *catalogue) {
    line lines[LINES];
    bill bills[BILLS];
    int32_t found[LINES];
    char told[LINES][MS_CODE];
    int64_t first[BILLS + 1] = {0, 1, 4, 12, LINES};
    for (int i = 0; i < LINES; i++) memcpy(told[i], codes[draw(CODES)], MS_CODE);
    ms_texts texts = {told[0], NULL, NULL, MS_CODE, MS_CODE};
    ms_find_items(catalogue, &texts, LINES, found);
    for (int b = 0; b < BILLS; b++) {
        bills[b].date = draw(4) == 0 ? ONE_OF(DATES) : 20240;
        bills[b].days = ONE_OF(DAYS);
        bills[b].insured = (uint8_t)draw(draw(16) == 0 ? 256 : MS_INSURED);
        bills[b].level = (uint8_t)draw(draw(16) == 0 ? 256 : MS_LEVELS);
        for (int64_t i = first[b]; i < first[b + 1]; i++) {
            lines[i].item = found[i];
            draw_line(lines + i, lines + first[b], i - first[b]);
        }
    }
    split_lines(catalogue, lines, bills, first, BILLS);
}

/* ---- images ---- */

/* Opens a copy of exactly `size` bytes; splits if it opens.  Returns whether it opened. */
static int try_image(const char *image, size_t size) {
    char *copy = must(malloc(size == 0 ? 1 : size));
    memcpy(copy, image, size);
    ms_catalogue catalogue;
    ms_error error;
    int is_open = ms_catalogue_open(&catalogue, copy, size, &error) == 0;
    if (is_open) {
        opened++;
        split_all(&catalogue);
    } else {
        refused++;
        if (error.message[0] == '\0' || catalogue.header != NULL) failed++;
    }
    free(copy);
    return is_open;
}

static const int64_t VALUES[] = {0,
                                 1,
                                 2,
                                 -1,
                                 3,
                                 4,
                                 5,
                                 8,
                                 50,
                                 51,
                                 64,
                                 120,
                                 0x7f,
                                 0x80,
                                 0xfe,
                                 0x100,
                                 0x7fff,
                                 0xffff,
                                 999999,
                                 1000000,
                                 1000001,
                                 0x7fffffff,
                                 0x80000000,
                                 0xfffffff8,
                                 MS_QUANTITY_MAX,
                                 MS_QUANTITY_MAX + 1,
                                 MS_PRICE_MAX,
                                 INT64_MAX,
                                 INT64_MIN};
enum { N_VALUES = sizeof VALUES / sizeof *VALUES };

/* The last four values are the old one, changed. */
static void set_field(char *image, size_t at, size_t width, size_t which) {
    int64_t value = 0;
    memcpy(&value, image + at, width);
    uint64_t old = (uint64_t)value;
    if (which < N_VALUES) value = VALUES[which];
    if (which == N_VALUES) value = (int64_t)(old + 1);
    if (which == N_VALUES + 1) value = (int64_t)(old - 1);
    if (which == N_VALUES + 2) value = (int64_t)(old + 8);
    if (which == N_VALUES + 3) value = (int64_t)(old ^ (1u << draw(8)));
    memcpy(image + at, &value, width);
}

static void change_every_field(const char *image, size_t size, size_t end) {
    char *changed = must(malloc(size));
    for (size_t width = 1; width <= 8; width *= 2) {
        for (size_t at = 0; at + width <= end; at += width) {
            for (size_t which = 0; which < N_VALUES + 4; which++) {
                memcpy(changed, image, size);
                set_field(changed, at, width, which);
                if (memcmp(changed, image, size) != 0) try_image(changed, size);
            }
        }
    }
    free(changed);
}

static void change_at_random(const char *image, size_t size, size_t end, long times) {
    char *changed = must(malloc(size));
    for (long i = 0; i < times; i++) {
        memcpy(changed, image, size);
        for (uint64_t n = 1 + draw(4); n > 0; n--) {
            size_t width = (size_t)1 << draw(4);
            set_field(changed, draw((end - 8) / width) * width, width, draw(N_VALUES + 4));
        }
        size_t kept = draw(8) == 0 ? draw(size) : size;
        if (draw(2) == 0) {
            uint64_t said = kept;
            memcpy(changed + offsetof(ms_catalogue_header, size), &said, sizeof said);
        }
        try_image(changed, kept);
    }
    free(changed);
}

static void expect_refused(const char *image, size_t size, const char *what) {
    if (try_image(image, size)) {
        fprintf(stderr, "opened although %s\n", what);
        failed++;
    }
}

/* Changes that need two fields at once, or none. */
static void directed(const char *image, size_t size) {
    char *changed = must(malloc(size + 8));
    ms_catalogue_header *header = (ms_catalogue_header *)changed;
    for (size_t kept = 0; kept < size; kept += kept < sizeof *header ? 1 : 97) {
        memcpy(changed, image, size);
        expect_refused(changed, kept, "it is cut off");
        if (kept >= sizeof *header) {
            header->size = kept;
            try_image(changed, kept);
        }
    }
    memcpy(changed, image, size);
    memset(changed + size, 0, 8);
    expect_refused(changed, size + 8, "bytes are appended");

    /* a full index would be searched for ever */
    ms_slot *slot = (ms_slot *)(changed + header->slot.offset);
    for (uint32_t i = 0; i < header->slot.count; i++) {
        if (slot[i].item == 0) slot[i].item = 1;
    }
    expect_refused(changed, size, "its index is full");

    memcpy(changed, image, size);
    header->item.count = header->slot.count = 0;
    expect_refused(changed, size, "it has no index");

    memcpy(changed + 4, image, size);
    ms_catalogue catalogue;
    ms_error error;
    if (ms_catalogue_open(&catalogue, changed + 4, size, &error) == 0) failed++;
    free(changed);
}

static void note_codes(const char *image, const ms_catalogue_header *header) {
    const ms_item *item = (const ms_item *)(image + header->item.offset);
    for (uint32_t i = 0; i < header->item.count && i + 1 < CODES; i++) {
        memcpy(codes[i], item[i].code, MS_CODE);
    }
    memcpy(codes[CODES - 1], "none", 4);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: hostile_catalogues IMAGE [RANDOM]\n");
        return 2;
    }
    size_t size;
    char *image = read_image(argv[1], &size);
    if (!try_image(image, size)) {
        fprintf(stderr, "%s does not open\n", argv[1]);
        return 2;
    }
    const ms_catalogue_header *header = (const ms_catalogue_header *)image;
    size_t end = header->meta.offset; /* the rest is not read here */
    note_codes(image, header);
    directed(image, size);
    if (argc > 2) {
        change_at_random(image, size, end, strtol(argv[2], NULL, 10));
    } else {
        change_every_field(image, size, end);
    }
    free(image);
    printf("%ld refused, %ld opened, %ld failed\n", refused, opened, failed);
    return failed != 0;
}
