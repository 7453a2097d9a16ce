/* One layer's turn, written once and compiled twice (see kernel.c):
 *
 *   whole   AMOUNT int64_t,  DEN 1          every amount is whole fen: nearly all claims
 *   exact   AMOUNT ms_wide,  DEN bill->den  after a ceiling was turned back into a cost that is
 *                                           no whole fen: amounts are counted in 1/den fen
 *
 * Included with these and BILL, NAME, HALF_UP, WHOLE and IS_EXACT defined, which it takes back at
 * its end; no include guard on purpose.
 */

/* S(u), counted in ppm of AMOUNT's unit. */
static inline AMOUNT NAME(schedule)(const ms_knot *knot, int n, AMOUNT u, const BILL *bill) {
    (void)bill;
    int k = 0; /* counting the knots below beats stopping at one: no branch to mispredict */
    for (int i = 1; i < n; i++) k += u > (AMOUNT)knot[i].at * DEN;
    return (AMOUNT)knot[k].prefix * DEN + (u - (AMOUNT)knot[k].at * DEN) * knot[k].slope;
}

/* Each band's portion of S(to) - S(from) rounded by itself, summed: fen. */
static RARE int64_t NAME(rounded_bands)(const ms_knot *knot, int n, AMOUNT from, AMOUNT to,
                                        const BILL *bill) {
    (void)bill;
    int64_t pay = 0;
    for (int k = 0; k < n; k++) {
        AMOUNT low = (AMOUNT)knot[k].at * DEN;
        AMOUNT high = k + 1 < n ? (AMOUNT)knot[k + 1].at * DEN : to;
        if (low < from) low = from;
        if (high > to) high = to;
        if (high > low) pay += HALF_UP((high - low) * knot[k].slope);
    }
    return pay;
}

/* The greatest u with S(u) <= value, for a value that S passes.  If u is no whole unit, returns
 * the factor by which the unit must become smaller, and leaves *u alone; else 1. */
static RARE int64_t NAME(invert)(const ms_knot *knot, int n, AMOUNT value, AMOUNT *u,
                                 const BILL *bill) {
    (void)bill;
    int k = n - 1;
    while ((AMOUNT)knot[k].prefix * DEN > value) k--; /* the first prefix is 0 */
    AMOUNT above = value - (AMOUNT)knot[k].prefix * DEN;
    int64_t slope = knot[k].slope; /* not 0: S passes the value above this knot */
    int64_t rest = (int64_t)(above % slope);
    if (rest != 0) return slope / ms_gcd(slope, rest);
    *u = (AMOUNT)knot[k].at * DEN + above / slope;
    return 1;
}

/* The deductible: what is due, as far as there is cost.  `plain`, known when this is compiled: no
 * stay is continued, and the layer has neither a cap nor a waiver. */
static inline AMOUNT NAME(take_deductible)(const ms_table *table, const ms_layer *layer,
                                           const ms_row *row, AMOUNT gross, const BILL *bill,
                                           int plain) {
    (void)plain;
    if (row->n_amounts == 0) return 0;
    int64_t ordinal = layer->ordinal == MS_NONE ? 0 : bill->counter[layer->ordinal];
    if ((IS_EXACT || !plain) && bill->continues && ordinal > 0) ordinal--;
    int64_t last = row->n_amounts - 1;
    int64_t due = table->amount[row->amount + (uint64_t)(ordinal < last ? ordinal : last)];
    if (layer->used != MS_NONE) {
        int64_t used = bill->counter[layer->used];
        due = due > used ? due - used : 0;
    }
    if (IS_EXACT || !plain) {
        if (layer->waived != MS_NONE && bill->counter[layer->waived] > 0) due = 0;
        int64_t room = ceiling_room(row->cap, layer->cap, bill->counter);
        if (due > room) due = room;
    }
    return gross < (AMOUNT)due * DEN ? gross : (AMOUNT)due * DEN;
}

/* The room of the c-th ceiling. */
static inline int64_t NAME(room)(const ms_layer *layer, const ms_row *row, int c,
                                 const BILL *bill) {
    if (layer->special == 0) return ceiling_room(row->limit[c], layer->ceiling[c], bill->counter);
    if (layer->balance >> c & 1) return bill->counter[layer->ceiling[c]];
    if (layer->per_day >> c & 1) return by_the_day(row->limit[c], bill->days);
    return ceiling_room(row->limit[c], layer->ceiling[c], bill->counter);
}

/* The payment rounded as the layer says, before any ceiling on pay; never negative. */
static inline int64_t NAME(round_pay)(const ms_layer *layer, const ms_row *row, const ms_knot *knot,
                                      AMOUNT from, AMOUNT to, AMOUNT before, AMOUNT after,
                                      int64_t topped, const BILL *bill) {
    int64_t pay;
    if (layer->rounding == MS_ROUND_LAYER) {
        pay = HALF_UP(after - before);
    } else if (layer->rounding == MS_ROUND_CUMULATIVE) {
        pay = HALF_UP(after) - HALF_UP(before);
    } else {
        pay = NAME(rounded_bands)(knot, row->n_knots, from, to, bill);
    }
    return pay > topped ? pay - topped : 0;
}

/* Divides the base that was taken among the layer's own parts. */
static inline void NAME(leave)(const ms_use *use, AMOUNT first, AMOUNT rest, AMOUNT *deductible,
                               AMOUNT *over, AMOUNT *copay, BILL *bill) {
    if (*over > rest) *over = rest > 0 ? rest : 0;
    rest -= *over;
    if (*deductible > rest) *deductible = rest > 0 ? rest : 0;
    *copay = rest - *deductible;
    bill->part[use->to_first_share] += first;
    bill->part[use->to_deductible] += *deductible;
    bill->part[use->to_copay] += *copay;
    bill->part[use->to_over_ceiling] += *over;
}

/* Takes a payment from what is left of the bill: who is no fund pays of the reserve first, and
 * what funds may pay is never more than what is left. */
static inline void NAME(take_from_bill)(const ms_layer *layer, int64_t pay, BILL *bill) {
    if (!layer->no_fund) {
        bill->left -= pay;
        return;
    }
    bill->reserve -= pay;
    if (bill->reserve < 0) {
        bill->left += bill->reserve;
        bill->reserve = 0;
    }
}

/* Moves the layer's counters, each by its own measure; visits move elsewhere. */
static inline void NAME(move_counters)(const ms_layer *layer, AMOUNT deductible, AMOUNT covered,
                                       int64_t pay, BILL *bill) {
    int64_t *counter = bill->counter;
    if (layer->used != MS_NONE) counter[layer->used] += WHOLE(deductible);
    if (layer->cap != MS_NONE) counter[layer->cap] += WHOLE(deductible);
    if (layer->measured != MS_NONE) {
        AMOUNT measure = layer->inside ? deductible + covered : covered;
        counter[layer->measured] += WHOLE(measure);
    }
    for (int c = 0; c < layer->n_cost_ceilings + layer->n_pay_ceilings; c++) {
        if (layer->ceiling[c] == MS_NONE) continue;
        int64_t move = c < layer->n_cost_ceilings ? WHOLE(covered) : pay;
        counter[layer->ceiling[c]] += layer->balance >> c & 1 ? -pay : move;
    }
}

/* Evaluates a layer.  Returns 1, or, having changed nothing, the factor by which `bill`'s unit must
 * become smaller for the result to be exact. */
static RARE int64_t NAME(evaluate)(const ms_table *table, const ms_use *use, const ms_row *row,
                                   BILL *bill, ms_step *step) {
    const ms_layer *layer = table->layer + use->layer;
    int64_t *counter = bill->counter;
    AMOUNT base = 0;
    for (int i = 0; i < use->n_base; i++) base += bill->part[use->base[i]];
    if (IS_EXACT && base < 0) base = 0;
    int64_t topped = 0;
    if (use->tops_up != 0) {
        uint32_t counted = use->tops_up & bill->ran;
        for (int i = 0; i < MS_LAYERS; i++) topped += counted >> i & 1 ? bill->paid[i] : 0;
    }
    AMOUNT first = (AMOUNT)HALF_UP(base * row->first_share) * DEN;
    if (IS_EXACT && first > base) first = base;
    AMOUNT gross = base - first + (AMOUNT)topped * DEN;
    AMOUNT deductible = NAME(take_deductible)(table, layer, row, gross, bill, 0);
    AMOUNT cost = gross - deductible;
    AMOUNT covered = cost;
    int c = 0;
    for (; c < layer->n_cost_ceilings; c++) {
        int64_t room = NAME(room)(layer, row, c, bill);
        if (covered > (AMOUNT)room * DEN) covered = (AMOUNT)room * DEN;
    }
    const ms_knot *knot = table->knot + row->knot;
    AMOUNT from = layer->inside ? deductible : 0;
    if (layer->measured != MS_NONE) from += (AMOUNT)counter[layer->measured] * DEN;
    AMOUNT before = from == 0 ? 0 : NAME(schedule)(knot, row->n_knots, from, bill);
    AMOUNT after = NAME(schedule)(knot, row->n_knots, from + covered, bill);
    int64_t pay =
        NAME(round_pay)(layer, row, knot, from, from + covered, before, after, topped, bill);

    AMOUNT over = cost - covered;
    AMOUNT exact = after - before - (AMOUNT)topped * MS_PPM * DEN; /* pay*, in ppm */
    if (exact < 0) exact = 0;
    int cut = 0;
    if (layer->n_pay_ceilings != 0) {
        int64_t room = MS_FEN_MAX;
        for (; c < layer->n_cost_ceilings + layer->n_pay_ceilings; c++) {
            int64_t one = NAME(room)(layer, row, c, bill);
            if (one < room) room = one;
        }
        cut = exact > (AMOUNT)room * MS_PPM * DEN;
        if (cut && layer->hands_over_payment) {
            if (pay > room) over += (AMOUNT)(pay - room) * DEN;
        } else if (cut) {
            AMOUNT reached = 0;
            AMOUNT target = before + (AMOUNT)(room + topped) * MS_PPM * DEN;
            int64_t factor = NAME(invert)(knot, row->n_knots, target, &reached, bill);
            if (factor != 1) return factor;
            covered = reached - from;
            over = cost - covered;
        }
        if (cut) exact = (AMOUNT)room * MS_PPM * DEN;
        if (cut || pay > room) pay = room;
    }
    if (IS_EXACT || bill->reserve != 0) {
        int64_t most = layer->no_fund ? bill->left + bill->reserve : bill->left;
        if (pay > most) pay = most;
    }

    for (int i = 0; i < use->n_base; i++) bill->part[use->base[i]] = 0;
    AMOUNT left_deductible = deductible, copay;
    NAME(leave)(use, first, base - first - (AMOUNT)pay * DEN, &left_deductible, &over, &copay,
                bill);
    NAME(take_from_bill)(layer, pay, bill);
    bill->fund[layer->fund] += pay;
    if (row->n_amounts != 0 && bill->deductible < 0) bill->deductible = WHOLE(deductible);
    bill->paid[use->position] = pay;
    bill->ran |= 1u << use->position;

    NAME(move_counters)(layer, deductible, covered, pay, bill);
    if (step != NULL) {
        step->base = base;
        step->first_share = first;
        step->deductible = left_deductible;
        step->cost = covered;
        step->copay = copay;
        step->over_ceiling = over;
        step->person_share = (ms_wide)(covered - (AMOUNT)topped * DEN) * MS_PPM - (ms_wide)exact;
        step->pay = pay;
        step->den = (int64_t)DEN;
        step->cut = (uint16_t)cut;
    }
    return 1;
}

#undef AMOUNT
#undef DEN
#undef IS_EXACT
#undef BILL
#undef NAME
#undef HALF_UP
#undef WHOLE
