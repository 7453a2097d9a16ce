/* Fee lines: splits the lines of bills into the four amounts by a catalogue.  Plain C, no Python,
 * no allocation, no globals.
 *
 * A catalogue is opened once from an image (offsets, no pointers; see catalogue.c) and is then
 * immutable.  What is computed is defined in docs/bill.md; the words here are its words.
 *
 * Prices are millionths of a yuan, quantities ten-thousandths, money int64 fen, dates days since
 * 1970-01-01, shares parts per million.
 */
#ifndef MS_LINES_H
#define MS_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "kernel.h"
#include "money.h"

enum {
    MS_CATALOGUE_FORMAT = 1,
    MS_CODE = 50,   /* bytes of the longest code */
    MS_INSURED = 4, /* person classes of shares */
    MS_LEVELS = 5,  /* hospital levels; 0: not stated */
    MS_STEPS = 5,
    MS_NO_GROUP = 0xff,
    MS_NO_ITEM = -1,       /* no item has the code */
    MS_BAD_ITEM_CODE = -2, /* given by the caller: the code is none that can be */
    MS_LINE_BLOCK = 128    /* codes looked up side by side */
};

#define MS_NO_SHARE UINT32_MAX
#define MS_NO_CEILING INT64_MAX
#define MS_PRICE_MAX 10000000000000000LL /* ten billion yuan */
#define MS_QUANTITY_MAX 1000000000000LL  /* a hundred million */
#define MS_DATE_OF_BILL INT32_MIN        /* the line has no date of its own */
#define MS_NOT_CHARGED INT64_MIN         /* the line does not tell what was charged */

/* Why a line is refused; the first that applies, in this order. */
enum ms_line_status {
    MS_LINE_OK = 0,
    MS_LINE_BAD_CODE,
    MS_LINE_UNKNOWN_ITEM,
    MS_LINE_NOT_IN_FORCE,
    MS_LINE_BAD_QUANTITY,
    MS_LINE_AMOUNT_DISAGREES,
    MS_LINE_TOO_LARGE,
    MS_LINE_NO_SHARE,
    MS_LINE_NO_ORIGINAL,
    MS_LINE_RETURN_DISAGREES,
    MS_LINE_NO_DAYS
};

enum { MS_LINES_REFUSED = 15 }; /* the status of a bill one of whose lines is refused */

enum ms_line_step {
    MS_STEP_NOT_COVERED = 0,
    MS_STEP_RESTRICTION,
    MS_STEP_QUANTITY,
    MS_STEP_PRICE_CEILING,
    MS_STEP_FIRST_STEP
};

enum ms_line_limit { MS_PER_NOTHING = 0, MS_PER_LINE, MS_PER_DAY, MS_PER_BILL, MS_PER_STAY_DAY };

enum ms_approval { MS_NOT_NEEDED = 0, MS_APPROVED, MS_REFUSED };

/* Bits of a version. */
enum { MS_RESTRICTED = 1, MS_COMPOUND_ONLY = 2, MS_ALL_OVER_PRICE = 4 };
/* Bits of a line. */
enum { MS_DISCHARGE = 1, MS_SINGLE_HERB = 2 };

/* ---- the image ---- */

typedef struct ms_catalogue_header {
    char magic[8];
    uint32_t format;
    uint32_t byte_order; /* 0x01020304 */
    uint8_t sha256[32];  /* of everything else */
    uint64_t size;       /* of the whole image */
    uint32_t n_groups;
    uint32_t reserved;
    ms_section slot;    /* ms_slot, a power of two of them, at most half full */
    ms_section item;    /* ms_item, ascending by code */
    ms_section version; /* ms_version */
    ms_section terms;   /* ms_terms */
    ms_section rules;   /* ms_rules, ascending */
    ms_section text;    /* bytes: the names of the items, one after the other */
    ms_section meta;    /* bytes, JSON: region, groups, clauses; not read here */
} ms_catalogue_header;

typedef struct ms_slot {
    uint32_t tag;  /* the upper half of the code's hash */
    uint32_t item; /* its number + 1; 0: empty */
} ms_slot;

typedef struct ms_item {
    char code[MS_CODE]; /* padded with NUL */
    uint8_t length;
    uint8_t n_versions;
    uint32_t version;
    uint32_t name; /* where it starts in the text; it ends where the next item's starts */
    uint32_t cite; /* which clause of the meta */
} ms_item;

/* What holds for an item on the days [from, until). */
typedef struct ms_version {
    int32_t from;
    int32_t until;
    uint32_t terms;
    uint8_t n_terms; /* ranges of the price */
    uint8_t item_class;
    uint8_t flags;
    uint8_t limit_per;
    uint8_t group; /* or MS_NO_GROUP */
    uint8_t reserved[3];
    uint32_t cite;
    int64_t ceiling[MS_LEVELS - 1]; /* by level, or MS_NO_CEILING */
    int64_t limit;                  /* ten-thousandths */
} ms_version;

/* First-step shares for prices up to `upto`. */
typedef struct ms_terms {
    int64_t upto;
    uint32_t share[MS_INSURED][MS_LEVELS]; /* or MS_NO_SHARE */
} ms_terms;

/* How lines of the days [from, until) are split. */
typedef struct ms_rules {
    int32_t from;
    int32_t until;
    uint8_t order[MS_STEPS];
    uint8_t over_quantity;   /* index of one of the four amounts */
    uint16_t discharge_days; /* 0: no limit */
    uint32_t cite;
    uint32_t reserved;
} ms_rules;

/* ---- an open catalogue: pointers into the image, which must outlive it ---- */

typedef struct ms_catalogue {
    const ms_catalogue_header *header;
    const ms_slot *slot;
    const ms_item *item;
    const ms_version *version;
    const ms_terms *terms;
    const ms_rules *rules;
    const char *text;
    uint32_t slot_mask;
    uint32_t n_items;
    uint32_t n_rules;
} ms_catalogue;

/* Opens an image: 0, or -1 with a message and nothing usable.  Does not check the digest. */
int ms_catalogue_open(ms_catalogue *catalogue, const void *image, size_t size, ms_error *error);

/* Fills the slots, zeroed, of which there are `mask` + 1, for items ascending by code. */
void ms_catalogue_index(const ms_item *item, uint32_t n_items, ms_slot *slot, uint32_t mask);

/* ---- codes to items ---- */

/* Texts in a column: the i-th is at data[offset32[i]..offset32[i + 1]) or with offset64 likewise,
 * or, where both are NULL, at data + i * stride, `width` bytes, padded with NUL. */
typedef struct ms_texts {
    const char *data;
    const int32_t *offset32;
    const int64_t *offset64;
    int64_t stride;
    int64_t width;
} ms_texts;

/* Finds the items of n codes: their numbers, or MS_NO_ITEM. */
void ms_find_items(const ms_catalogue *catalogue, const ms_texts *codes, int64_t n, int32_t *item);

/* ---- lines to amounts ---- */

/* What is kept of a line while its bill is split, so that a later line can return it. */
typedef struct ms_line_group {
    int64_t quantity;
    int64_t amount;
    int64_t may_cover; /* by the limit; -1: this is a return */
    int64_t part[MS_AMOUNTS];
} ms_line_group;

/* How much of an item's limit a bill has used. */
typedef struct ms_limit_used {
    uint64_t bill;
    int32_t item;
    int32_t date;
    int64_t used;
} ms_limit_used;

/* Bills in columns.  Bill b has the lines first[b]..first[b + 1] - 1. */
typedef struct ms_line_batch {
    int64_t n_bills;
    const int64_t *first;
    ms_column item;      /* int32_t: from ms_find_items */
    ms_column price;     /* int64_t */
    ms_column quantity;  /* int64_t */
    ms_column charged;   /* int64_t or MS_NOT_CHARGED; base NULL: none is told */
    ms_column date;      /* int32_t or MS_DATE_OF_BILL; base NULL: the bill's */
    ms_column approval;  /* uint8_t; base NULL: not needed */
    ms_column flags;     /* uint8_t; base NULL: none */
    ms_column supply;    /* int32_t hundredths of a day, 0: not told; base NULL: never */
    ms_column returns;   /* int64_t: which line of its bill, from 0, or -1; base NULL: none does */
    ms_column bill_date; /* int32_t */
    ms_column insured;   /* uint8_t */
    ms_column level;     /* uint8_t */
    ms_column days;      /* int32_t, -1: not told; base NULL: never */
    const uint8_t *group_column; /* which column a group has among out_group, MS_NO_GROUP: none */
    const uint8_t *class_column; /* likewise the three classes; for items whose group has none */
    int32_t n_group_columns;
    /* out, for every line */
    int64_t *amount;
    int64_t *part[MS_AMOUNTS];
    uint8_t *line_status;
    int32_t *version; /* NULL, or: which one served, -1 none */
    int64_t *ceiling; /* NULL, or: the price ceiling looked at */
    uint32_t *share;  /* NULL, or: the first-step share */
    /* out, for every bill */
    int64_t *bill_part[MS_AMOUNTS];
    int64_t *bill_group[MS_ITEMS]; /* of in_scope, by column */
    uint8_t *bill_status;          /* MS_OK or MS_LINES_REFUSED */
    /* scratch */
    ms_line_group *group; /* for the lines of the longest bill; NULL only where `returns` is */
    ms_limit_used *used;  /* zeroed at first; more than the lines of the longest bill */
    uint64_t used_mask;   /* how many, a power of two, less 1 */
    uint64_t bills_seen;  /* by the scratch; moved on */
} ms_line_batch;

/* Splits bills; returns how many were refused.  A refused bill has zeros, its lines are all told.
 */
int64_t ms_split_bills(const ms_catalogue *catalogue, ms_line_batch *batch);

#endif
