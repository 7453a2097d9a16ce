/* What became of a bill's lines, as JSON; docs/json.md describes it. */
#ifndef MS_LINE_MESSAGE_H
#define MS_LINE_MESSAGE_H

#include "lines.h"
#include "text.h"

enum {
    MS_LINE_AMOUNTS = 1 + MS_AMOUNTS, /* of a line: the whole, and the four */
    MS_LINE_WORDS = 16 + 8 * 20       /* more than all the words that a line is written with */
};

/* The names of the four amounts as they stand before an amount. */
static const char *const ms_amount_name[MS_AMOUNTS] = {
    "\"full_self_pay\":",
    "\"over_limit\":",
    "\"first_step\":",
    "\"in_scope\":",
};

static inline char *ms_put_text(char *at, const char *text) {
    return ms_put(at, text, strlen(text));
}

/* How much room a line may take, whose id, code, class and group are so long together. */
static inline size_t ms_line_room(size_t texts) {
    return MS_LINE_WORDS + texts + (MS_LINE_AMOUNTS + 2) * MS_NUMBER_ROOM;
}

/* Writes {"full_self_pay":…} and so on, the amounts being `stride` apart. */
static inline char *ms_put_four(char *at, const int64_t *amount, size_t stride) {
    for (int i = 0; i < MS_AMOUNTS; i++) {
        if (i > 0) *at++ = ',';
        at = ms_put_yuan(ms_put_text(at, ms_amount_name[i]), amount[i * stride]);
    }
    return at;
}

/* Writes what stands behind the id of a line: its code, class and group (JSON texts), its amounts,
 * which are `stride` apart, and the share and the ceiling that were looked at. */
static inline char *ms_put_line(char *at, const ms_words *texts, const int64_t *amount,
                                size_t stride, uint32_t share, int64_t ceiling) {
    static const char *const name[] = {",\"code\":", ",\"class\":", ",\"group\":"};
    for (int i = 0; i < 3; i++) at = ms_put_words(ms_put_text(at, name[i]), texts[i]);
    at = ms_put_yuan(ms_put_text(at, ",\"amount\":"), amount[0]);
    *at++ = ',';
    at = ms_put_four(at, amount + stride, stride);
    at = ms_put_decimal(ms_put_text(at, ",\"share\":"), share, 6);
    at = ms_put_text(at, ",\"ceiling\":");
    at = ceiling == MS_NO_CEILING ? ms_put_text(at, "null") : ms_put_decimal(at, ceiling, 6);
    *at++ = '}';
    return at;
}

#endif
