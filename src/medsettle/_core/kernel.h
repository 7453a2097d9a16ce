/* The kernel: settles claims by a benefit table.  Plain C, no Python, no allocation, no globals.
 *
 * A table is opened once from an image (offsets, no pointers; see table.c) and is then immutable:
 * settling cannot fail for a reason of the table, and any number of threads may use it.  What is
 * computed is defined in docs/semantics.md; the words here are its words.
 *
 * Money is int64 fen, dates are days since 1970-01-01, shares are parts per million.
 */
#ifndef MS_KERNEL_H
#define MS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "money.h"

enum {
    MS_FORMAT = 2,
    MS_AMOUNTS = 4,   /* full_self_pay, over_limit, first_step, in_scope */
    MS_ITEMS = 8,     /* item groups of a table, portions of in_scope */
    MS_AXES = 20,     /* what a claim states codes on; see vocabulary.CLAIM_AXES */
    MS_BENEFITS = 16, /* benefits by code */
    MS_FUNDS = 16,    /* funds a table may use */
    MS_LAYERS = 24,   /* layers of one benefit */
    MS_USES = 4096,   /* uses of one program: its layers, one for each set of counters */
    MS_PARTS = 32,    /* distinct parts in one program, the last always empty */
    MS_EMPTY_PART = MS_PARTS - 1,
    MS_SHORT_BASE = 4, /* bases of at most so many parts are the usual ones */
    MS_COUNTERS = 96,  /* counters of a table */
    MS_CEILINGS = 4,   /* ceilings of one layer */
    MS_BANDS = 256,    /* knots of a row, amounts of a deductible */
    MS_ORDINALS = 4,   /* visits counters that one claim moves */
    MS_EPISODES = 4,   /* stays and periods of one program */
    MS_BILL_BANDS = 255,
    MS_WINDOWS = 7,       /* visit, day, month, quarter, year, lifetime, episode */
    MS_NONE = 0xffff,     /* no counter, no program, no figure */
    MS_BAD_CODE = 0xffff, /* in a lookup: the axis has no such code */
    MS_MOVES = 256        /* no claim moves a counter by more than this many times its total */
};

#define MS_UNLIMITED INT64_MAX
#define MS_NO_DATE INT32_MIN
#define MS_NO_LOOKUP UINT32_MAX

/* Why a claim is refused; the first that applies, in this order. */
enum ms_status {
    MS_OK = 0,
    MS_AMOUNT_NEGATIVE,
    MS_AMOUNT_TOO_LARGE,
    MS_PERSON_SPLIT, /* given by the caller: the person's claims are in two blocks of a batch */
    MS_OUT_OF_ORDER, /* earlier than the person's previous claim */
    MS_NO_VERSION,   /* no version of the policy is in force on the date */
    MS_BENEFIT_NOT_OFFERED,
    MS_UNKNOWN_CODE, /* an axis has no such value */
    MS_NO_FIGURE,    /* the policy has no figure for the claim's axis values */
    MS_COUNTER_LIMIT,
    MS_ITEMS_DISAGREE /* an item group is negative, or together they are above in_scope */
};

enum ms_rounding { MS_ROUND_LAYER = 0, MS_ROUND_BAND = 1, MS_ROUND_CUMULATIVE = 2 };

/* When a counter starts again by the calendar; those of stays and periods do so by episodes too. */
enum ms_window { MS_VISIT = 0, MS_DAY, MS_MONTH, MS_QUARTER, MS_YEAR, MS_LIFETIME, MS_EPISODE };

/* ---- the image: sections of these, at offsets from its start ---- */

typedef struct ms_section {
    uint32_t offset; /* bytes from the start of the image, a multiple of 8 */
    uint32_t count;
} ms_section;

typedef struct ms_header {
    char magic[8];
    uint32_t format;
    uint32_t byte_order; /* 0x01020304 */
    uint8_t sha256[32];  /* of everything else */
    uint64_t size;       /* of the whole image */
    uint32_t n_counters;
    uint32_t n_funds;
    uint32_t n_items;
    uint32_t year_month; /* 1..12: the month on whose first day a year begins */
    ms_section window;   /* uint8_t, the window of each counter */
    ms_section span;     /* ms_span, ascending */
    ms_section program;  /* ms_program */
    ms_section use;      /* ms_use */
    ms_section layer;    /* ms_layer */
    ms_section lookup;   /* uint16_t[256]: what a code adds to the profile, or MS_BAD_CODE */
    ms_section profile;  /* uint16_t: the chain of a profile, or MS_NONE: no figure */
    ms_section chain;    /* ms_chain */
    ms_section link;     /* ms_link */
    ms_section row;      /* ms_row */
    ms_section knot;     /* ms_knot */
    ms_section amount;   /* int64_t, deductibles */
    ms_section episode;  /* ms_episode */
    ms_section reset;    /* uint16_t: counters that an episode starts again */
    ms_section bill;     /* int64_t fen, ascending: a total above the i-th is in band i or higher */
    ms_section meta;     /* bytes, JSON: names, clauses; not read here */
} ms_header;

/* The days [from, until) in which one set of versions is in force. */
typedef struct ms_span {
    int32_t from;
    int32_t until;
    uint16_t program[MS_BENEFITS]; /* MS_NONE: not offered */
} ms_span;

/* The layers of a benefit, in order, and which rows they have for whom.
 *
 * A claim's profile is the sum of what its codes look up on the program's axes; it names a chain:
 * the layers that serve such a claim, each with its row. */
typedef struct ms_program {
    uint32_t use;
    uint16_t n_uses;
    uint16_t n_parts;
    uint8_t amount_part[MS_AMOUNTS]; /* where each of the four amounts starts; 0: nobody takes it */
    uint8_t item_part[MS_ITEMS];     /* likewise the item groups of in_scope */
    uint32_t profile;
    uint32_t n_profiles;
    uint32_t bill_lookup;     /* which lookup the bands of the bill's total have */
    uint32_t pay_at_most;     /* of the bill, by all funds together: ppm */
    uint32_t lookup[MS_AXES]; /* which lookup each axis has */
    uint32_t episode;
    uint8_t n_episodes;
    uint8_t n_axes;
    uint8_t axis[MS_AXES];
    uint8_t reserved[2];
} ms_program;

/* A stay or a period that a program's layers count by. */
typedef struct ms_episode {
    uint32_t reset; /* its counters */
    uint16_t n_resets;
    uint16_t start;       /* the counter that tells when a period began; MS_NONE: a stay */
    int32_t days;         /* of a period */
    uint32_t within_stay; /* a period ends where no stay is continued */
} ms_episode;

typedef struct ms_chain {
    uint32_t link;
    uint16_t n_links;
    uint8_t needs_days;            /* some ceiling is by the days of the visit */
    uint8_t continued_counts;      /* bit i: a stay continued into a new year moves ordinal i */
    uint16_t ordinal[MS_ORDINALS]; /* visits counters to move, MS_NONE padded */
} ms_chain;

typedef struct ms_link {
    uint16_t use; /* of the program */
    uint16_t row;
} ms_link;

/* A layer in its place in a program.  Part 0 is where parts go that no later layer takes. */
typedef struct ms_use {
    uint32_t tops_up; /* bit i: the layer at position i */
    uint16_t layer;
    uint8_t n_base;
    uint8_t base[MS_PARTS]; /* after the n_base-th: MS_EMPTY_PART */
    uint8_t to_first_share, to_deductible, to_copay, to_over_ceiling;
    uint8_t position;
    uint8_t reserved[20];
} ms_use;

typedef struct ms_layer {
    uint16_t ordinal, used, measured; /* counters or MS_NONE */
    uint8_t fund;                     /* index among the table's funds */
    uint8_t inside, hands_over_payment, rounding;
    uint8_t n_cost_ceilings, n_pay_ceilings; /* the cost ceilings come first */
    uint16_t ceiling[MS_CEILINGS];           /* counters or MS_NONE */
    uint16_t cap, waived;                    /* of the deductible: counters or MS_NONE */
    uint8_t per_day, balance;                /* bit i: so is the i-th ceiling */
    uint8_t special;                         /* one of the four above is there */
    uint8_t no_fund;                         /* pays, but does not count for `pay_at_most` */
    uint16_t meta;                           /* which layer version of the policy this is */
    uint16_t also_reserved;
} ms_layer;

typedef struct ms_row {
    uint32_t knot;
    uint32_t amount;
    uint16_t n_knots;
    uint16_t n_amounts;   /* 0: no deductible */
    uint32_t first_share; /* of the base: ppm */
    int64_t limit[MS_CEILINGS];
    int64_t cap; /* of the deductible */
    uint64_t reserved;
} ms_row;

/* From `at` on, to the next knot: S(u) = prefix + (u - at) * slope; prefix in ppm of a fen. */
typedef struct ms_knot {
    int64_t at;
    int64_t prefix;
    int64_t slope;
} ms_knot;

/* ---- an open table: pointers into the image, which must outlive it ---- */

typedef struct ms_table {
    const ms_header *header;
    const uint8_t *window;
    const ms_span *span;
    const ms_program *program;
    const ms_use *use;
    const ms_layer *layer;
    const uint16_t (*lookup)[256];
    const uint16_t *profile;
    const ms_chain *chain;
    const ms_link *link;
    const ms_row *row;
    const ms_knot *knot;
    const int64_t *amount;
    const ms_episode *episode;
    const uint16_t *reset;
    const int64_t *bill;
    uint32_t n_spans;
    uint32_t n_counters;
    uint32_t n_funds;
    uint32_t n_items;
    uint32_t n_bill_bands;
    int32_t year_month;
    uint32_t windows_used;  /* bit w: some counter lives in window w */
    int32_t asks_days;      /* some chain does */
    int32_t asks_continues; /* something goes by visits or stays */
    int32_t has_accounts;   /* some layer pays from a balance */
} ms_table;

typedef struct ms_error {
    char message[160];
} ms_error;

/* Opens an image: 0, or -1 with a message and nothing usable.  Does not check the digest. */
int ms_table_open(ms_table *table, const void *image, size_t size, ms_error *error);

/* ---- settling ---- */

typedef struct ms_claim {
    int64_t amount[MS_AMOUNTS];
    int64_t item[MS_ITEMS]; /* of in_scope, by the table's item groups */
    int32_t date;
    int32_t rule_date; /* which versions apply: nearly always `date` */
    int32_t days;      /* of the visit; -1: not stated */
    uint8_t benefit;
    uint8_t continues;     /* the stay of an earlier claim */
    uint8_t code[MS_AXES]; /* 0 or, for numbers, 255: not stated */
} ms_claim;

/* What a person carries; last_date MS_NO_DATE and all zero: nothing yet.  Every counter is between
 * 0 and MS_FEN_MAX: the caller sees to it. */
typedef struct ms_ytd {
    int32_t last_date;
    int64_t counter[MS_COUNTERS];
} ms_ytd;

typedef struct ms_result {
    int64_t fund[MS_FUNDS];
    int64_t deductible;
    int64_t cash;
    int32_t status;
    int32_t n_steps;
    int32_t program;
    int32_t reserved;
} ms_result;

/* What one layer did.  Fractions are counted in 1/den fen. */
typedef struct ms_step {
    ms_wide base, first_share, deductible, cost, copay, over_ceiling;
    ms_wide person_share; /* in ppm of 1/den fen */
    int64_t pay;
    int64_t den;
    uint32_t use;
    uint16_t row;
    uint16_t cut;
} ms_step;

/* Settles one claim and moves `ytd`; on a status other than MS_OK, `ytd` is untouched and the
 * result is zero but for the status.  `steps` may be NULL, or has room for MS_LAYERS. */
void ms_settle(const ms_table *table, const ms_claim *claim, ms_ytd *ytd, ms_result *result,
               ms_step *steps);

/* A column of a batch: one value for every claim, stride bytes apart; stride 0: a constant. */
typedef struct ms_column {
    const char *base;
    int64_t stride;
} ms_column;

typedef struct ms_batch {
    int64_t n;
    int32_t person_is_32_bit;
    ms_column person; /* int64_t or int32_t */
    ms_column given;  /* uint8_t: MS_OK, or a status for which the caller refuses the claim */
    ms_column date;   /* int32_t */
    ms_column benefit;
    ms_column code[MS_AXES];
    ms_column amount[MS_AMOUNTS];
    ms_column item[MS_ITEMS]; /* int64_t, by the table's item groups */
    ms_column rule_date;      /* int32_t; base NULL: `date` */
    ms_column days;           /* int32_t; base NULL: not stated */
    ms_column continues;      /* uint8_t; base NULL: none does */
    int64_t *fund[MS_FUNDS];  /* out: n values for each of the table's funds */
    int64_t *deductible;
    int64_t *cash;
    uint8_t *status;
} ms_batch;

/* Who a stream of claims is at: the person of the last claim, and what that person carries. */
typedef struct ms_stream {
    int64_t person;
    int32_t started;
    ms_ytd ytd;
} ms_stream;

/* Settles a batch in order, every person's claims one after the other; returns how many were
 * refused.  The stream goes on where the previous batch ended; start it zeroed. */
int64_t ms_settle_batch(const ms_table *table, const ms_batch *batch, ms_stream *stream);

/* ---- for the kernel's own files ---- */

#define RARE __attribute__((noinline, cold, unused))

#endif
