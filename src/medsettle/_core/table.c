/* Opening a table image: every offset, index and order is checked once, so that settling need not.
 */
#include "image.h"
#include "kernel.h"

#include <string.h>

_Static_assert(sizeof(ms_header) == 200, "the image layout is fixed");
_Static_assert(sizeof(ms_span) == 40, "the image layout is fixed");
_Static_assert(sizeof(ms_program) == 144, "the image layout is fixed");
_Static_assert(sizeof(ms_use) == 64, "the image layout is fixed");
_Static_assert(sizeof(ms_layer) == 32, "the image layout is fixed");
_Static_assert(sizeof(ms_row) == 64, "the image layout is fixed");
_Static_assert(sizeof(ms_chain) == 16, "the image layout is fixed");
_Static_assert(sizeof(ms_episode) == 16, "the image layout is fixed");
_Static_assert(sizeof(ms_knot) == 24, "the image layout is fixed");

/* Returns where a section starts, or NULL if it does not lie inside the image. */
static const void *section(const ms_header *header, ms_section at, size_t item) {
    return section_of(header, header->size, sizeof *header, at, item);
}

static int find_sections(ms_table *table) {
    const ms_header *h = table->header;
    table->window = section(h, h->window, 1);
    table->span = section(h, h->span, sizeof(ms_span));
    table->program = section(h, h->program, sizeof(ms_program));
    table->use = section(h, h->use, sizeof(ms_use));
    table->layer = section(h, h->layer, sizeof(ms_layer));
    table->lookup = section(h, h->lookup, sizeof(uint16_t[256]));
    table->profile = section(h, h->profile, sizeof(uint16_t));
    table->chain = section(h, h->chain, sizeof(ms_chain));
    table->link = section(h, h->link, sizeof(ms_link));
    table->row = section(h, h->row, sizeof(ms_row));
    table->knot = section(h, h->knot, sizeof(ms_knot));
    table->amount = section(h, h->amount, sizeof(int64_t));
    table->episode = section(h, h->episode, sizeof(ms_episode));
    table->reset = section(h, h->reset, sizeof(uint16_t));
    table->bill = section(h, h->bill, sizeof(int64_t));
    return table->window && table->span && table->program && table->use && table->layer &&
           table->lookup && table->profile && table->chain && table->link && table->row &&
           table->knot && table->amount && table->episode && table->reset && table->bill &&
           section(h, h->meta, 1) && h->window.count == h->n_counters;
}

static int is_range(uint32_t first, uint32_t n, ms_section in) {
    return first <= in.count && n <= in.count - first;
}

static int is_counter(const ms_table *table, uint16_t counter) {
    return counter == MS_NONE || counter < table->n_counters;
}

static int are_spans_good(const ms_table *table) {
    int32_t last = MS_NO_DATE;
    for (uint32_t i = 0; i < table->n_spans; i++) {
        const ms_span *span = table->span + i;
        if (span->from < last || span->from == MS_NO_DATE || span->until <= span->from) return 0;
        last = span->until;
        for (int b = 0; b < MS_BENEFITS; b++) {
            if (span->program[b] != MS_NONE && span->program[b] >= table->header->program.count) {
                return 0;
            }
        }
    }
    return 1;
}

static int is_schedule_good(const ms_table *table, const ms_row *row) {
    const ms_knot *knot = table->knot + row->knot;
    if (knot[0].at != 0 || knot[0].prefix != 0) return 0;
    for (int k = 0; k < row->n_knots; k++) {
        if (knot[k].slope < 0 || knot[k].slope > MS_PPM) return 0;
        if (knot[k].at < 0 || knot[k].at > MS_FEN_MAX) return 0;
        if (k == 0) continue;
        int64_t width = knot[k].at - knot[k - 1].at;
        if (width <= 0 || knot[k].prefix != knot[k - 1].prefix + width * knot[k - 1].slope)
            return 0;
    }
    return 1;
}

static int are_rows_good(const ms_table *table) {
    for (uint32_t i = 0; i < table->header->row.count; i++) {
        const ms_row *row = table->row + i;
        if (row->n_knots > MS_BANDS || row->n_amounts > MS_BANDS) return 0;
        if (row->n_knots == 0 || !is_range(row->knot, row->n_knots, table->header->knot)) return 0;
        if (!is_range(row->amount, row->n_amounts, table->header->amount)) return 0;
        if (!is_schedule_good(table, row)) return 0;
        for (int c = 0; c < MS_CEILINGS; c++) {
            if (row->limit[c] < 0) return 0;
            if (row->limit[c] > MS_FEN_MAX && row->limit[c] != MS_UNLIMITED) return 0;
        }
        if (row->first_share > MS_PPM || row->cap < 0) return 0;
        if (row->cap > MS_FEN_MAX && row->cap != MS_UNLIMITED) return 0;
    }
    for (uint32_t i = 0; i < table->header->amount.count; i++) {
        if (table->amount[i] < 0 || table->amount[i] > MS_FEN_MAX) return 0;
    }
    return 1;
}

/* A layer moves a counter at most once: what bounds the counters within a claim (see money.h). */
static int are_counters_good(const ms_table *table, const ms_layer *layer) {
    uint16_t counter[4 + MS_CEILINGS] = {layer->ordinal, layer->used, layer->measured, layer->cap};
    memcpy(counter + 4, layer->ceiling, sizeof layer->ceiling);
    for (int i = 0; i < 4 + MS_CEILINGS; i++) {
        if (!is_counter(table, counter[i])) return 0;
        for (int other = 0; other < i; other++) {
            if (counter[i] != MS_NONE && counter[i] == counter[other]) return 0;
        }
    }
    return is_counter(table, layer->waived);
}

/* What makes a layer special is told truly; a balance is a counter of a ceiling on pay. */
static int is_special_good(const ms_layer *layer) {
    int special = layer->cap != MS_NONE || layer->waived != MS_NONE;
    special |= (layer->per_day | layer->balance) != 0;
    if (layer->special != special) return 0;
    int n = layer->n_cost_ceilings + layer->n_pay_ceilings;
    if ((layer->per_day | layer->balance) >> n != 0 || (layer->per_day & layer->balance) != 0) {
        return 0;
    }
    for (int c = 0; c < n; c++) {
        int is_balance = layer->balance >> c & 1, is_per_day = layer->per_day >> c & 1;
        if (is_balance && (c < layer->n_cost_ceilings || layer->ceiling[c] == MS_NONE)) return 0;
        if (is_per_day && layer->ceiling[c] != MS_NONE) return 0;
    }
    return 1;
}

static int are_layers_good(const ms_table *table) {
    for (uint32_t i = 0; i < table->header->layer.count; i++) {
        const ms_layer *layer = table->layer + i;
        if (layer->fund >= table->n_funds) return 0;
        if (layer->n_cost_ceilings + layer->n_pay_ceilings > MS_CEILINGS) return 0;
        if (layer->rounding > MS_ROUND_CUMULATIVE || layer->no_fund > 1) return 0;
        if (!is_special_good(layer) || !are_counters_good(table, layer)) return 0;
    }
    return 1;
}

/* The largest factor by which a cut in this row can refine the unit (see kernel.c). */
static int64_t finest_factor(const ms_table *table, const ms_layer *layer, const ms_row *row) {
    if (layer->n_pay_ceilings == 0 || layer->hands_over_payment) return 1;
    const ms_knot *knot = table->knot + row->knot;
    int64_t common = MS_PPM;
    for (int k = 0; k < row->n_knots; k++) common = ms_gcd(common, knot[k].slope);
    int64_t finest = 1;
    for (int k = 0; k < row->n_knots; k++) {
        if (knot[k].slope / common > finest) finest = knot[k].slope / common;
    }
    return finest;
}

static int is_chain_good(const ms_table *table, const ms_program *program, uint16_t number) {
    if (number >= table->header->chain.count) return 0;
    const ms_chain *chain = table->chain + number;
    if (!is_range(chain->link, chain->n_links, table->header->link)) return 0;
    for (int i = 0; i < MS_ORDINALS; i++) {
        if (!is_counter(table, chain->ordinal[i])) return 0;
    }
    int next = 0;
    int64_t den = 1;
    for (uint32_t i = 0; i < chain->n_links; i++) {
        const ms_link *link = table->link + chain->link + i;
        if (link->use >= program->n_uses || link->row >= table->header->row.count) return 0;
        const ms_use *use = table->use + program->use + link->use;
        if (use->position < next) return 0;
        next = use->position + 1;
        int64_t factor = finest_factor(table, table->layer + use->layer, table->row + link->row);
        if (den > MS_DEN_MAX / factor) return 0;
        den *= factor;
    }
    return 1;
}

/* The most that a lookup adds to a profile, or -1 if there is no such lookup. */
static int64_t top_of(const ms_table *table, uint32_t lookup) {
    if (lookup >= table->header->lookup.count) return -1;
    int64_t top = 0;
    for (int code = 0; code < 256; code++) {
        uint16_t value = table->lookup[lookup][code];
        if (value != MS_BAD_CODE && value > top) top = value;
    }
    return top;
}

/* Every sum of what the axes look up is a profile, and every profile's chain is good. */
static int are_profiles_good(const ms_table *table, const ms_program *program) {
    if (program->n_axes > MS_AXES || program->n_profiles >= MS_BAD_CODE) return 0;
    if (!is_range(program->profile, program->n_profiles, table->header->profile)) return 0;
    int64_t last = 0;
    for (int k = 0; k < program->n_axes; k++) {
        int64_t top = top_of(table, program->lookup[k]);
        if (program->axis[k] >= MS_AXES || top < 0) return 0;
        last += top;
    }
    if (program->bill_lookup != MS_NO_LOOKUP) {
        int64_t top = top_of(table, program->bill_lookup);
        if (top < 0) return 0;
        last += top;
    }
    if (last >= program->n_profiles) return 0;
    uint16_t seen = MS_NONE; /* neighbours often share a chain */
    for (uint32_t i = 0; i < program->n_profiles; i++) {
        uint16_t chain = table->profile[program->profile + i];
        if (chain == MS_NONE || chain == seen) continue;
        if (!is_chain_good(table, program, chain)) return 0;
        seen = chain;
    }
    return 1;
}

/* The stays and periods of a program start counters again that there are. */
static int are_episodes_good(const ms_table *table, const ms_program *program) {
    if (program->n_episodes > MS_EPISODES) return 0;
    if (!is_range(program->episode, program->n_episodes, table->header->episode)) return 0;
    for (int e = 0; e < program->n_episodes; e++) {
        const ms_episode *episode = table->episode + program->episode + e;
        if (!is_range(episode->reset, episode->n_resets, table->header->reset)) return 0;
        if (!is_counter(table, episode->start) || episode->days < 0) return 0;
        for (uint32_t i = 0; i < episode->n_resets; i++) {
            if (table->reset[episode->reset + i] >= table->n_counters) return 0;
        }
    }
    return 1;
}

/* The bands of the bill's total ascend from 0. */
static int are_bill_bands_good(const ms_table *table) {
    if (table->n_bill_bands > MS_BILL_BANDS) return 0;
    for (uint32_t i = 0; i < table->n_bill_bands; i++) {
        int64_t below = i == 0 ? 0 : table->bill[i - 1];
        if (table->bill[i] <= below || table->bill[i] > MS_FEN_MAX) return 0;
    }
    return 1;
}

static int is_use_good(const ms_table *table, const ms_program *program, int index) {
    const ms_use *use = table->use + program->use + index;
    if (use->layer >= table->header->layer.count || use->n_base > MS_PARTS) return 0;
    for (int k = 0; k < use->n_base; k++) {
        if (use->base[k] == 0 || use->base[k] >= program->n_parts) return 0;
        for (int other = 0; other < k; other++) {
            if (use->base[other] == use->base[k]) return 0;
        }
    }
    for (int k = use->n_base; k < MS_PARTS; k++) {
        if (use->base[k] != MS_EMPTY_PART) return 0;
    }
    return use->to_first_share < program->n_parts && use->to_deductible < program->n_parts &&
           use->to_copay < program->n_parts && use->to_over_ceiling < program->n_parts &&
           use->position < MS_LAYERS && use->tops_up >> use->position == 0;
}

static int are_programs_good(const ms_table *table) {
    for (uint32_t p = 0; p < table->header->program.count; p++) {
        const ms_program *program = table->program + p;
        if (program->n_uses > MS_USES || program->pay_at_most > MS_PPM) return 0;
        if (!is_range(program->use, program->n_uses, table->header->use)) return 0;
        if (program->n_parts == 0 || program->n_parts > MS_EMPTY_PART) return 0;
        for (int a = 0; a < MS_AMOUNTS; a++) {
            if (program->amount_part[a] >= program->n_parts) return 0;
        }
        for (int i = 0; i < MS_ITEMS; i++) {
            if (program->item_part[i] >= program->n_parts) return 0;
        }
        if (!are_episodes_good(table, program)) return 0;
        for (int i = 0; i < program->n_uses; i++) {
            if (!is_use_good(table, program, i)) return 0;
        }
        if (!are_profiles_good(table, program)) return 0;
    }
    return 1;
}

/* What a claim must tell beyond the usual. */
static void note_asked(ms_table *table) {
    for (uint32_t i = 0; i < table->header->program.count; i++) {
        table->asks_continues |= table->program[i].n_episodes != 0;
    }
    for (uint32_t i = 0; i < table->header->chain.count; i++) {
        table->asks_days |= table->chain[i].needs_days != 0;
        table->asks_continues |= table->chain[i].ordinal[0] != MS_NONE;
    }
    for (uint32_t i = 0; i < table->header->layer.count; i++) {
        table->has_accounts |= table->layer[i].balance != 0;
    }
}

int ms_table_open(ms_table *table, const void *image, size_t size, ms_error *error) {
    memset(table, 0, sizeof *table);
    if ((uintptr_t)image % 8 != 0) return refuse(error, "the image does not start on 8 bytes");
    const ms_header *header = image;
    if (size < sizeof *header || memcmp(header->magic, "MEDSETTL", 8) != 0) {
        return refuse(error, "not a benefit table image");
    }
    if (header->byte_order != 0x01020304) {
        return refuse(error, "the image was made on a machine of the other byte order");
    }
    if (header->format != MS_FORMAT) return refuse(error, "the image is of another format version");
    if (header->size != size) return refuse(error, "the image is truncated or has bytes appended");
    ms_table open;
    memset(&open, 0, sizeof open);
    open.header = header;
    if (!find_sections(&open)) return refuse(error, "a section lies outside the image");
    open.n_spans = header->span.count;
    open.n_counters = header->n_counters;
    open.n_funds = header->n_funds;
    open.n_items = header->n_items;
    open.n_bill_bands = header->bill.count;
    open.year_month = (int32_t)header->year_month;
    if (open.n_counters > MS_COUNTERS || open.n_funds > MS_FUNDS || open.n_items > MS_ITEMS) {
        return refuse(error, "more counters, funds or item groups than the kernel holds");
    }
    if (header->year_month < 1 || header->year_month > 12) {
        return refuse(error, "the year begins in no month");
    }
    if (!are_bill_bands_good(&open)) return refuse(error, "the bands of the total do not ascend");
    for (uint32_t i = 0; i < open.n_counters; i++) {
        if (open.window[i] >= MS_WINDOWS) return refuse(error, "a counter of an unknown window");
        open.windows_used |= 1u << open.window[i];
    }
    if (!are_spans_good(&open)) return refuse(error, "the versions are out of order");
    if (!are_rows_good(&open)) return refuse(error, "a row is no valid schedule");
    if (!are_layers_good(&open)) return refuse(error, "a layer is not valid");
    if (!are_programs_good(&open)) return refuse(error, "a program is not valid");
    note_asked(&open);
    *table = open;
    return 0;
}
