/* Opens images that are damaged or made to deceive: each must be refused, or settle safely.
 *
 *   hostile_images IMAGE [RANDOM]
 *
 * Every field of the image of every width is set to values that deceive; then RANDOM images with
 * several such changes at once, and truncated ones.  What still opens settles a hundred claims.
 * Run under ASan and UBSan; every copy is exactly as long as it says.  Deterministic.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLAIMS = 100 };

static long refused, opened, failed;
static uint64_t state = 20260101;

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

/* ---- what an open table must survive ---- */

static const int64_t AMOUNTS[] = {0,      1,       99,       130000,         130001,    3000000,
                                  999999, 5000001, 10000000, MS_FEN_MAX / 3, MS_FEN_MAX};
static const int32_t DATES[] = {INT32_MIN + 1, INT32_MAX, INT32_MAX - 1, -800000, -25509, 0,
                                10957,         18262,     18993,         19000,   19358,  19723,
                                20088,         20089,     20119,         20178,   20453};

static ms_claim draw_claim(void) {
    ms_claim claim;
    memset(&claim, 0, sizeof claim);
    for (int a = 0; a < MS_AMOUNTS; a++) {
        int use = draw(3) == 0 || a == MS_AMOUNTS - 1;
        claim.amount[a] = use ? AMOUNTS[draw(sizeof AMOUNTS / sizeof *AMOUNTS)] : 0;
    }
    int64_t left = claim.amount[MS_AMOUNTS - 1];
    for (int k = 0; k < MS_ITEMS && left > 0; k++) {
        claim.item[k] = draw(2) == 0 ? 0 : (int64_t)draw((uint64_t)left + 1);
        left -= claim.item[k];
    }
    if (draw(16) == 0) claim.item[0] = draw(2) == 0 ? -1 : INT64_MAX;
    claim.date = DATES[draw(sizeof DATES / sizeof *DATES)];
    claim.rule_date = draw(4) == 0 ? DATES[draw(sizeof DATES / sizeof *DATES)] : claim.date;
    claim.days = draw(4) == 0 ? INT32_MAX : (int32_t)draw(40) - 1;
    claim.continues = draw(4) == 0;
    claim.benefit = (uint8_t)draw(draw(8) == 0 ? 256 : 4);
    for (int a = 0; a < MS_AXES; a++) claim.code[a] = (uint8_t)draw(draw(8) == 0 ? 256 : 5);
    for (int a = MS_AXES / 2; a < MS_AXES; a++) {
        if (draw(2) == 0) claim.code[a] = 255;
    }
    return claim;
}

static void check_result(const ms_table *table, const ms_claim *claim, const ms_result *result) {
    if (result->status != MS_OK) return;
    int64_t total = result->cash;
    int is_good = result->cash >= 0 && result->deductible >= 0;
    for (uint32_t f = 0; f < table->n_funds; f++) {
        total += result->fund[f];
        is_good &= result->fund[f] >= 0;
    }
    for (int a = 0; a < MS_AMOUNTS; a++) total -= claim->amount[a];
    if (total != 0 || !is_good) failed++;
}

static void settle_batch(const ms_table *table, const ms_claim *claims) {
    static int64_t fund[MS_FUNDS][CLAIMS], deductible[CLAIMS], cash[CLAIMS];
    static uint8_t status[CLAIMS];
    static const uint8_t given = MS_OK;
    int64_t person[CLAIMS];
    for (int i = 0; i < CLAIMS; i++) person[i] = i / 10;
    ms_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.n = CLAIMS;
    batch.person = (ms_column){(const char *)person, sizeof *person};
    batch.given = (ms_column){(const char *)&given, 0};
    batch.date = (ms_column){(const char *)&claims->date, sizeof *claims};
    batch.benefit = (ms_column){(const char *)&claims->benefit, sizeof *claims};
    for (int a = 0; a < MS_AXES; a++) {
        batch.code[a] = (ms_column){(const char *)&claims->code[a], sizeof *claims};
    }
    for (int a = 0; a < MS_AMOUNTS; a++) {
        batch.amount[a] = (ms_column){(const char *)&claims->amount[a], sizeof *claims};
    }
    for (int k = 0; k < MS_ITEMS; k++) {
        batch.item[k] = (ms_column){(const char *)&claims->item[k], sizeof *claims};
    }
    if (draw(2) == 0) {
        batch.rule_date = (ms_column){(const char *)&claims->rule_date, sizeof *claims};
        batch.days = (ms_column){(const char *)&claims->days, sizeof *claims};
        batch.continues = (ms_column){(const char *)&claims->continues, sizeof *claims};
    }
    for (int f = 0; f < MS_FUNDS; f++) batch.fund[f] = fund[f];
    batch.deductible = deductible;
    batch.cash = cash;
    batch.status = status;
    ms_stream stream;
    memset(&stream, 0, sizeof stream);
    ms_settle_batch(table, &batch, &stream);
}

static void settle_all(const ms_table *table) {
    ms_claim claims[CLAIMS];
    ms_ytd ytd;
    for (int i = 0; i < CLAIMS; i++) {
        if (i % 10 == 0) {
            memset(&ytd, 0, sizeof ytd);
            ytd.last_date = MS_NO_DATE;
        }
        if (i % 30 == 0) { /* full counters */
            for (uint32_t c = 0; c < table->n_counters; c++) ytd.counter[c] = MS_FEN_MAX;
        }
        claims[i] = draw_claim();
        ms_result result;
        ms_step steps[MS_LAYERS];
        ms_settle(table, &claims[i], &ytd, &result, i % 2 ? steps : NULL);
        check_result(table, &claims[i], &result);
    }
    settle_batch(table, claims);
}

/* ---- images ---- */

/* Opens a copy of exactly `size` bytes; settles if it opens.  Returns whether it opened. */
static int try_image(const char *image, size_t size) {
    char *copy = must(malloc(size == 0 ? 1 : size));
    memcpy(copy, image, size);
    ms_table table;
    ms_error error;
    int is_open = ms_table_open(&table, copy, size, &error) == 0;
    if (is_open) {
        opened++;
        settle_all(&table);
    } else {
        refused++;
        if (error.message[0] == '\0' || table.header != NULL) failed++;
    }
    free(copy);
    return is_open;
}

static const int64_t VALUES[] = {0,          1,          2,
                                 -1,         -2,         3,
                                 7,          15,         16,
                                 23,         24,         25,
                                 32,         33,         63,
                                 64,         65,         999999,
                                 1000000,    1000001,    0x7f,
                                 0x80,       0xfe,       0x100,
                                 0x7fff,     0x8000,     0xfffe,
                                 0xffff,     0x7fffffff, 0x80000000,
                                 0xfffffff8, MS_FEN_MAX, MS_FEN_MAX + 1,
                                 INT64_MAX,  INT64_MIN};
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
            memcpy(changed + offsetof(ms_header, size), &said, sizeof said);
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
    ms_header *header = (ms_header *)changed;
    for (size_t kept = 0; kept < size; kept += kept < sizeof *header ? 1 : 97) {
        memcpy(changed, image, size);
        expect_refused(changed, kept, "it is truncated");
        if (kept >= sizeof *header) {
            header->size = kept;
            try_image(changed, kept);
        }
    }
    memcpy(changed, image, size);
    memset(changed + size, 0, 8);
    expect_refused(changed, size + 8, "bytes are appended");
    header->n_counters = header->window.count = MS_COUNTERS + 1;
    expect_refused(changed, size, "it has too many counters");

    memcpy(changed, image, size);
    header->bill.offset = sizeof *header;
    header->bill.count = MS_BILL_BANDS + 1;
    expect_refused(changed, size, "it has too many bands of the total");

    memcpy(changed + 4, image, size);
    ms_table table;
    ms_error error;
    if (ms_table_open(&table, changed + 4, size, &error) == 0) failed++;
    free(changed);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: hostile_images IMAGE [RANDOM]\n");
        return 2;
    }
    size_t size;
    char *image = read_image(argv[1], &size);
    const ms_header *header = (const ms_header *)image;
    size_t end = header->meta.offset; /* names are not read here */
    if (!try_image(image, size)) {
        fprintf(stderr, "%s does not open\n", argv[1]);
        return 2;
    }
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
