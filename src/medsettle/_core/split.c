/* Splitting fee lines into the four amounts; every word is defined in docs/bill.md. */
#include "lines.h"

#include <string.h>

enum { FULL_SELF_PAY = 0, OVER_LIMIT, FIRST_STEP, IN_SCOPE };

/* How many lines before it is needed something is asked for. */
enum { ITEM_AHEAD = 24, VERSION_AHEAD = 12 };

/* A price in millionths of a yuan, times a quantity in ten-thousandths, is so many to a fen. */
#define TO_A_FEN 100000000LL

/* All that a line's split depends on, but for its quantity and amount. */
typedef struct line_rule {
    const ms_version *version;
    const ms_rules *rules;
    int64_t price;
    int64_t ceiling;
    int64_t may_cover; /* by the limit; INT64_MAX without one */
    uint32_t share;
    int32_t supply;
    uint8_t approval;
    uint8_t flags;
} line_rule;

/* A bill on its way. */
typedef struct bill_state {
    int64_t total;
    int64_t at;      /* its place in the batch */
    uint64_t number; /* among all bills that the scratch has seen; from 1 */
    int32_t date;
    int32_t days;
    uint8_t insured;
    uint8_t level;
} bill_state;

static inline int64_t read_int64(ms_column column, int64_t i) {
    return *(const int64_t *)(column.base + i * column.stride);
}

static inline int32_t read_int32(ms_column column, int64_t i) {
    return *(const int32_t *)(column.base + i * column.stride);
}

static inline uint8_t read_uint8(ms_column column, int64_t i) {
    return *(const uint8_t *)(column.base + i * column.stride);
}

/* price x quantity in whole fen, both not negative and the result known to fit. */
static inline int64_t fen_of(int64_t price, int64_t quantity) {
    int64_t product;
    if (!__builtin_mul_overflow(price, quantity, &product) && product <= INT64_MAX - TO_A_FEN / 2) {
        return (product + TO_A_FEN / 2) / TO_A_FEN;
    }
    return ms_half_up_wide((ms_wide)price * quantity, TO_A_FEN);
}

/* Returns the rules of a day, or NULL. */
static inline const ms_rules *rules_of(const ms_catalogue *catalogue, int32_t date) {
    for (uint32_t i = catalogue->n_rules; i-- > 0;) {
        const ms_rules *rules = catalogue->rules + i;
        if (date >= rules->from) return date < rules->until ? rules : NULL;
    }
    return NULL;
}

static inline const ms_version *version_of(const ms_catalogue *catalogue, int32_t item,
                                           int32_t date) {
    const ms_item *found = catalogue->item + item;
    const ms_version *version = catalogue->version + found->version;
    for (int v = found->n_versions; v-- > 0;) {
        if (date >= version[v].from) return date < version[v].until ? version + v : NULL;
    }
    return NULL;
}

static inline uint32_t share_of(const ms_catalogue *catalogue, const ms_version *version,
                                int64_t price, uint8_t insured, uint8_t level) {
    const ms_terms *terms = catalogue->terms + version->terms;
    while (price > terms->upto) terms++;
    return terms->share[insured][level];
}

/* Returns the price ceiling; -1 where it goes by a level that is not stated. */
static inline int64_t ceiling_of(const ms_version *version, uint8_t level) {
    if (level != 0) return version->ceiling[level - 1];
    for (int l = 1; l < MS_LEVELS - 1; l++) {
        if (version->ceiling[l] != version->ceiling[0]) return -1;
    }
    return version->ceiling[0];
}

/* Discharge medicine that lasts too long is covered in that proportion: in / of. */
static inline int is_cut(const line_rule *rule, int64_t *in, int64_t *of) {
    *in = (int64_t)rule->rules->discharge_days * 100;
    *of = rule->supply;
    return (rule->flags & MS_DISCHARGE) != 0 && *in != 0 && *of > *in;
}

/* What the quantity step takes, at the unit's price, which a ceiling may have lowered already. */
static int64_t over_quantity(const line_rule *rule, int64_t unit, int64_t quantity, int64_t rest) {
    int64_t left = rest, in, of;
    if (quantity > rule->may_cover) {
        int64_t covered = fen_of(unit, rule->may_cover);
        if (covered < left) left = covered;
    }
    if (is_cut(rule, &in, &of)) left = (int64_t)ms_half_up_wide((ms_wide)left * in, of);
    return rest - left;
}

/* What the ceiling leaves of a price above it, after the quantity step. */
static int64_t within_ceiling(const line_rule *rule, int64_t quantity) {
    int64_t covered = quantity < rule->may_cover ? quantity : rule->may_cover, in, of;
    if (is_cut(rule, &in, &of)) {
        ms_wide product = (ms_wide)rule->ceiling * covered * in;
        return ms_half_up_wide(product, (ms_wide)TO_A_FEN * of);
    }
    return fen_of(rule->ceiling, covered);
}

static inline int is_restricted(const line_rule *rule) {
    if (rule->approval == MS_REFUSED) return 1;
    if ((rule->version->flags & MS_RESTRICTED) && rule->approval != MS_APPROVED) return 1;
    return (rule->version->flags & MS_COMPOUND_ONLY) && (rule->flags & MS_SINGLE_HERB);
}

/* Splits an amount for a quantity; both are those of a line and its returns, not negative. */
static inline void split(const line_rule *rule, int64_t quantity, int64_t amount, int64_t *part) {
    int64_t rest = amount, taken, kept = amount, unit = rule->price;
    int is_counted = 0; /* whether the quantity step has run */
    part[FULL_SELF_PAY] = part[OVER_LIMIT] = part[FIRST_STEP] = 0;
    for (int s = 0; s < MS_STEPS; s++) {
        switch (rule->rules->order[s]) {
        case MS_STEP_NOT_COVERED:
            if (rule->version->item_class != 2 && rule->share != MS_PPM) break;
            part[FULL_SELF_PAY] += rest;
            rest = 0;
            break;
        case MS_STEP_RESTRICTION:
            if (!is_restricted(rule)) break;
            part[FULL_SELF_PAY] += rest;
            rest = 0;
            break;
        case MS_STEP_QUANTITY:
            taken = over_quantity(rule, unit, quantity, rest);
            is_counted = 1;
            part[rule->rules->over_quantity] += taken;
            rest -= taken;
            kept -= taken;
            break;
        case MS_STEP_PRICE_CEILING:
            if (rule->price <= rule->ceiling) break;
            if (rule->version->flags & MS_ALL_OVER_PRICE) {
                part[FULL_SELF_PAY] += rest;
                rest = 0;
                break;
            }
            unit = rule->ceiling;
            taken = kept - (is_counted ? within_ceiling(rule, quantity) : fen_of(unit, quantity));
            if (taken < 0) taken = 0;
            if (taken > rest) taken = rest;
            part[OVER_LIMIT] += taken;
            rest -= taken;
            break;
        default: /* MS_STEP_FIRST_STEP */
            taken = ms_half_up(rest * rule->share);
            part[FIRST_STEP] += taken;
            rest -= taken;
        }
    }
    part[IN_SCOPE] = rest;
}

static inline int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int32_t date_of(const ms_line_batch *batch, const bill_state *bill, int64_t i) {
    int32_t date = batch->date.base != NULL ? read_int32(batch->date, i) : MS_DATE_OF_BILL;
    return date != MS_DATE_OF_BILL ? date : bill->date;
}

/* Returns where a bill's use of an item's limit is counted. */
static ms_limit_used *use_of(ms_line_batch *batch, const bill_state *bill,
                             const ms_version *version, int32_t item, int32_t date) {
    if (version->limit_per != MS_PER_DAY) date = MS_DATE_OF_BILL;
    uint64_t key = (uint64_t)(uint32_t)item << 32 | (uint32_t)date;
    for (uint64_t at = key * 0x9e3779b97f4a7c15u >> 20;; at++) {
        ms_limit_used *use = batch->used + (at & batch->used_mask);
        if (use->bill != bill->number) {
            *use = (ms_limit_used){bill->number, item, date, 0};
            return use;
        }
        if (use->item == item && use->date == date) return use;
    }
}

/* Finds what an item's limit still covers, and counts what this line uses of it. */
static int use_limit(ms_line_batch *batch, const bill_state *bill, line_rule *rule, int64_t i,
                     int64_t quantity) {
    const ms_version *version = rule->version;
    rule->may_cover = version->limit;
    if (version->limit_per == MS_PER_LINE) return MS_LINE_OK;
    if (version->limit_per == MS_PER_STAY_DAY) {
        if (bill->days < 0) return MS_LINE_NO_DAYS;
        if (__builtin_mul_overflow(version->limit, (int64_t)bill->days, &rule->may_cover)) {
            rule->may_cover = INT64_MAX;
        }
    }
    int32_t item = read_int32(batch->item, i);
    ms_limit_used *use = use_of(batch, bill, version, item, date_of(batch, bill, i));
    rule->may_cover = rule->may_cover > use->used ? rule->may_cover - use->used : 0;
    use->used += least(quantity, rule->may_cover);
    return MS_LINE_OK;
}

/* Finds what a line is split by; its limit is asked later. */
static inline int find_rule(const ms_catalogue *catalogue, const ms_line_batch *batch,
                            const bill_state *bill, int64_t i, line_rule *rule) {
    int32_t date = date_of(batch, bill, i);
    rule->version = version_of(catalogue, read_int32(batch->item, i), date);
    rule->rules = rules_of(catalogue, date);
    if (rule->version == NULL || rule->rules == NULL) return MS_LINE_NOT_IN_FORCE;
    rule->price = read_int64(batch->price, i);
    rule->may_cover = INT64_MAX;
    rule->approval = batch->approval.base != NULL ? read_uint8(batch->approval, i) : 0;
    rule->flags = batch->flags.base != NULL ? read_uint8(batch->flags, i) : 0;
    rule->supply = batch->supply.base != NULL ? read_int32(batch->supply, i) : 0;
    rule->share = MS_NO_SHARE;
    if (bill->insured >= MS_INSURED || bill->level >= MS_LEVELS) return MS_LINE_OK;
    rule->share = share_of(catalogue, rule->version, rule->price, bill->insured, bill->level);
    rule->ceiling = ceiling_of(rule->version, bill->level);
    return MS_LINE_OK;
}

/* Finds the amount of a line: what was charged, or price x quantity; signed. */
static inline int find_amount(const ms_line_batch *batch, int64_t i, int64_t price,
                              int64_t quantity, int64_t *amount) {
    if (quantity == 0 || price < 0) return MS_LINE_BAD_QUANTITY;
    if (price > MS_PRICE_MAX || quantity < -MS_QUANTITY_MAX || quantity > MS_QUANTITY_MAX) {
        return MS_LINE_TOO_LARGE;
    }
    int64_t size = quantity < 0 ? -quantity : quantity;
    if ((ms_wide)price * size > (ms_wide)MS_FEN_MAX * TO_A_FEN) return MS_LINE_TOO_LARGE;
    *amount = fen_of(price, size);
    if (quantity < 0) *amount = -*amount;
    int64_t charged = MS_NOT_CHARGED;
    if (batch->charged.base != NULL) charged = read_int64(batch->charged, i);
    if (charged == MS_NOT_CHARGED) return MS_LINE_OK;
    int wrong_sign = quantity < 0 ? charged > 0 : charged < 0;
    if (wrong_sign || charged < *amount - 1 || charged > *amount + 1) {
        return MS_LINE_AMOUNT_DISAGREES;
    }
    *amount = charged;
    return MS_LINE_OK;
}

/* Returns which line a return gives back, or -1 where there is none that it can. */
static inline int64_t original_of(const ms_line_batch *batch, const bill_state *bill, int64_t i) {
    if (batch->returns.base == NULL || read_int64(batch->quantity, i) >= 0) return -1;
    int64_t first = batch->first[bill->at], at = read_int64(batch->returns, i);
    if (at < 0 || at >= i - first || batch->line_status[first + at] != MS_LINE_OK) return -1;
    return batch->group[at].may_cover < 0 ? -1 : first + at;
}

/* Splits a line that returns some of an earlier one, by that one's rule: what it takes back of each
 * amount. */
static RARE int split_return(ms_line_batch *batch, const bill_state *bill, int64_t i,
                             int64_t original, line_rule *rule, int64_t amount, int64_t *part) {
    if (original < 0) return MS_LINE_NO_ORIGINAL;
    ms_line_group *group = batch->group + (original - batch->first[bill->at]), before = *group;
    group->quantity += read_int64(batch->quantity, i);
    group->amount += amount;
    if (read_int32(batch->item, i) != read_int32(batch->item, original) ||
        read_int64(batch->price, i) != rule->price || group->quantity < 0 || group->amount < 0) {
        *group = before;
        return MS_LINE_RETURN_DISAGREES;
    }
    rule->may_cover = group->may_cover;
    split(rule, group->quantity, group->amount, group->part);
    for (int a = 0; a < MS_AMOUNTS; a++) part[a] = group->part[a] - before.part[a];
    if (rule->version->limit_per > MS_PER_LINE) {
        int32_t date = date_of(batch, bill, original);
        ms_limit_used *use = use_of(batch, bill, rule->version, read_int32(batch->item, i), date);
        use->used -= least(before.quantity, group->may_cover);
        use->used += least(group->quantity, group->may_cover);
    }
    rule->may_cover = -1; /* nobody returns a return */
    return MS_LINE_OK;
}

/* Splits one line: its amount and parts, or why it is refused. */
static inline int split_line(const ms_catalogue *catalogue, ms_line_batch *batch, bill_state *bill,
                             int64_t i, line_rule *rule, int64_t *amount, int64_t *part) {
    int32_t item = read_int32(batch->item, i);
    if (item < 0 || (uint32_t)item >= catalogue->n_items) {
        return item == MS_BAD_ITEM_CODE ? MS_LINE_BAD_CODE : MS_LINE_UNKNOWN_ITEM;
    }
    int64_t quantity = read_int64(batch->quantity, i), original = original_of(batch, bill, i);
    int status = find_rule(catalogue, batch, bill, original < 0 ? i : original, rule);
    if (status != MS_LINE_OK) return status;
    status = find_amount(batch, i, read_int64(batch->price, i), quantity, amount);
    if (status != MS_LINE_OK) return status;
    if (*amount > MS_FEN_MAX - bill->total) return MS_LINE_TOO_LARGE;
    if (rule->share == MS_NO_SHARE || rule->ceiling < 0) return MS_LINE_NO_SHARE;
    if (quantity < 0 || (batch->returns.base != NULL && read_int64(batch->returns, i) >= 0)) {
        status = split_return(batch, bill, i, original, rule, *amount, part);
        if (status != MS_LINE_OK) return status;
    } else {
        if (rule->version->limit_per != MS_PER_NOTHING) {
            status = use_limit(batch, bill, rule, i, quantity);
            if (status != MS_LINE_OK) return status;
        }
        split(rule, quantity, *amount, part);
    }
    bill->total += *amount;
    if (batch->group != NULL) {
        ms_line_group *group = batch->group + (i - batch->first[bill->at]);
        *group = (ms_line_group){quantity, *amount, rule->may_cover, {0}};
        memcpy(group->part, part, sizeof group->part);
    }
    return MS_LINE_OK;
}

/* Asks early for what line i will need: items and versions lie anywhere in the image. */
static inline void ask_for_item(const ms_catalogue *catalogue, const ms_line_batch *batch,
                                int64_t i) {
    uint32_t item = (uint32_t)read_int32(batch->item, i);
    if (item < catalogue->n_items) __builtin_prefetch(catalogue->item + item);
}

static inline void ask_for_version(const ms_catalogue *catalogue, const ms_line_batch *batch,
                                   int64_t i) {
    uint32_t item = (uint32_t)read_int32(batch->item, i);
    if (item >= catalogue->n_items) return;
    __builtin_prefetch(catalogue->version + catalogue->item[item].version);
}

/* Splits the lines of one bill; the sums go to `sum` and `in_group`. Returns how many are refused.
 */
static inline int64_t split_bill(const ms_catalogue *catalogue, ms_line_batch *batch,
                                 bill_state *bill, int64_t *sum, int64_t *in_group) {
    int64_t refused = 0, end = batch->first[batch->n_bills];
    for (int64_t i = batch->first[bill->at]; i < batch->first[bill->at + 1]; i++) {
        if (i + ITEM_AHEAD < end) ask_for_item(catalogue, batch, i + ITEM_AHEAD);
        if (i + VERSION_AHEAD < end) ask_for_version(catalogue, batch, i + VERSION_AHEAD);
        line_rule rule = {0};
        int64_t amount = 0, part[MS_AMOUNTS];
        int status = split_line(catalogue, batch, bill, i, &rule, &amount, part);
        if (status != MS_LINE_OK) {
            refused++;
            amount = 0;
            memset(part, 0, sizeof part);
        }
        batch->line_status[i] = (uint8_t)status;
        batch->amount[i] = amount;
        for (int a = 0; a < MS_AMOUNTS; a++) {
            batch->part[a][i] = part[a];
            sum[a] += part[a];
        }
        if (rule.version != NULL) {
            uint8_t column = MS_NO_GROUP;
            if (rule.version->group != MS_NO_GROUP)
                column = batch->group_column[rule.version->group];
            if (column == MS_NO_GROUP) column = batch->class_column[rule.version->item_class];
            if (column != MS_NO_GROUP) in_group[column] += part[IN_SCOPE];
        }
        if (batch->version != NULL) {
            batch->version[i] =
                rule.version != NULL ? (int32_t)(rule.version - catalogue->version) : -1;
            batch->ceiling[i] = rule.version != NULL ? rule.ceiling : MS_NO_CEILING;
            batch->share[i] = rule.version != NULL ? rule.share : MS_NO_SHARE;
        }
    }
    return refused;
}

int64_t ms_split_bills(const ms_catalogue *catalogue, ms_line_batch *batch) {
    int64_t refused = 0;
    for (int64_t b = 0; b < batch->n_bills; b++) {
        bill_state bill = {0, b, ++batch->bills_seen, 0, -1, 0, 0};
        bill.date = read_int32(batch->bill_date, b);
        bill.insured = read_uint8(batch->insured, b);
        bill.level = read_uint8(batch->level, b);
        if (batch->days.base != NULL) bill.days = read_int32(batch->days, b);
        int64_t sum[MS_AMOUNTS] = {0}, in_group[MS_ITEMS] = {0};
        int is_refused = split_bill(catalogue, batch, &bill, sum, in_group) != 0;
        refused += is_refused;
        if (is_refused) {
            memset(sum, 0, sizeof sum);
            memset(in_group, 0, sizeof in_group);
        }
        batch->bill_status[b] = is_refused ? MS_LINES_REFUSED : MS_OK;
        for (int a = 0; a < MS_AMOUNTS; a++) batch->bill_part[a][b] = sum[a];
        for (int k = 0; k < batch->n_group_columns; k++) batch->bill_group[k][b] = in_group[k];
    }
    return refused;
}
