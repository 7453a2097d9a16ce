/* One layer's turn, written once and compiled twice (see kernel.c):
 *
 *   whole   AMOUNT int64_t,  DEN 1          every amount is whole fen: nearly all claims
 *   exact   AMOUNT ms_wide,  DEN bill->den  after a ceiling was turned back into a cost that is
 *                                           no whole fen: amounts are counted in 1/den fen
 *
 * Included with AMOUNT, DEN, BILL, NAME and HALF_UP defined; no include guard on purpose.
 */

/* S(u), counted in ppm of AMOUNT's unit. */
static inline AMOUNT NAME(schedule)(const ms_knot *knot, int n, AMOUNT u, const BILL *bill) {
    (void)bill;
    int k = 0;
    while (k + 1 < n && u > (AMOUNT)knot[k + 1].at * DEN) k++;
    return (AMOUNT)knot[k].prefix * DEN + (u - (AMOUNT)knot[k].at * DEN) * knot[k].slope;
}

/* Each band's portion of S(to) - S(from) rounded by itself, summed: fen. */
static int64_t NAME(rounded_bands)(const ms_knot *knot, int n, AMOUNT from, AMOUNT to,
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
static int64_t NAME(invert)(const ms_knot *knot, int n, AMOUNT value, AMOUNT *u, const BILL *bill) {
    (void)bill;
    int k = n - 1;
    while (k > 0 && (AMOUNT)knot[k].prefix * DEN > value) k--;
    AMOUNT above = value - (AMOUNT)knot[k].prefix * DEN;
    int64_t slope = knot[k].slope;
    int64_t rest = (int64_t)(above % slope);
    if (rest != 0) return slope / ms_gcd(slope, rest);
    *u = (AMOUNT)knot[k].at * DEN + above / slope;
    return 1;
}

/* Evaluates a layer.  Returns 1, or, having changed nothing, the factor by which `bill`'s unit must
 * become smaller for the result to be exact. */
static inline int64_t NAME(evaluate)(const ms_table *table, const ms_use *use,
                                     const ms_layer *layer, const ms_row *row, const visit *at,
                                     BILL *bill, ms_step *step) {
    int64_t *counter = bill->counter;
    AMOUNT base = 0;
    for (int i = 0; i < use->n_base; i++) base += bill->part[use->base[i]];
    if (base < 0) base = 0;
    int64_t topped = 0;
    if (use->tops_up != 0) {
        for (int i = 0; i < at->position; i++) topped += (use->tops_up >> i & 1) ? bill->paid[i] : 0;
    }
    AMOUNT gross = base + (AMOUNT)topped * DEN;
    if (gross == 0 && step == NULL) {
        for (int i = 0; i < use->n_base; i++) bill->part[use->base[i]] = 0;
        return 1;
    }

    AMOUNT deductible = 0;
    if (row->n_amounts != 0) {
        int64_t ordinal = layer->ordinal == MS_NONE ? 0 : at->visits[layer->ordinal];
        if (ordinal >= row->n_amounts) ordinal = row->n_amounts - 1;
        int64_t due = table->amount[row->amount + (uint32_t)ordinal];
        if (layer->used != MS_NONE) due = due > counter[layer->used] ? due - counter[layer->used] : 0;
        deductible = gross < (AMOUNT)due * DEN ? gross : (AMOUNT)due * DEN;
    }
    AMOUNT cost = gross - deductible; /* x */

    AMOUNT covered = cost; /* x' */
    int c = 0;
    for (; c < layer->n_cost_ceilings; c++) {
        int64_t room = ceiling_room(row->limit[c], layer->ceiling[c], counter);
        if (covered > (AMOUNT)room * DEN) covered = (AMOUNT)room * DEN;
    }

    const ms_knot *knot = table->knot + row->knot;
    int n_knots = row->n_knots;
    AMOUNT measured = layer->measured == MS_NONE ? 0 : (AMOUNT)counter[layer->measured] * DEN;
    AMOUNT from = measured + (layer->inside ? deductible : 0);
    AMOUNT before = from == 0 ? 0 : NAME(schedule)(knot, n_knots, from, bill);
    AMOUNT after = NAME(schedule)(knot, n_knots, from + covered, bill);
    AMOUNT exact = after - before - (AMOUNT)topped * MS_PPM * DEN; /* pay*, in ppm */
    if (exact < 0) exact = 0;

    int64_t pay;
    if (layer->rounding == MS_ROUND_LAYER) {
        pay = HALF_UP(after - before) - topped;
    } else if (layer->rounding == MS_ROUND_BAND) {
        pay = NAME(rounded_bands)(knot, n_knots, from, from + covered, bill) - topped;
    } else {
        pay = HALF_UP(after) - HALF_UP(before) - topped;
    }
    if (pay < 0) pay = 0;

    AMOUNT over = cost - covered;
    int cut = 0;
    if (layer->n_pay_ceilings != 0) {
        int64_t room = MS_UNLIMITED;
        for (; c < layer->n_cost_ceilings + layer->n_pay_ceilings; c++) {
            int64_t one = ceiling_room(row->limit[c], layer->ceiling[c], counter);
            if (one < room) room = one;
        }
        cut = room < MS_FEN_MAX && exact > (AMOUNT)room * MS_PPM * DEN;
        if (cut && layer->hands_over_payment) {
            if (pay > room) over += (AMOUNT)(pay - room) * DEN;
        } else if (cut) {
            AMOUNT reached = 0;
            AMOUNT target = before + (AMOUNT)(room + topped) * MS_PPM * DEN;
            int64_t factor = NAME(invert)(knot, n_knots, target, &reached, bill);
            if (factor != 1) return factor;
            covered = reached - from;
            over = cost - covered;
        }
        if (cut || pay > room) pay = room;
        if (cut) exact = (AMOUNT)room * MS_PPM * DEN;
    }
    if (pay > bill->left) pay = bill->left;

    AMOUNT rest = base - (AMOUNT)pay * DEN;
    AMOUNT kept_over = rest > 0 ? (over < rest ? over : rest) : 0;
    AMOUNT rest_under = rest - kept_over;
    AMOUNT kept_deductible = rest_under > 0 ? (deductible < rest_under ? deductible : rest_under) : 0;
    AMOUNT copay = rest_under - kept_deductible;

    for (int i = 0; i < use->n_base; i++) bill->part[use->base[i]] = 0;
    bill->part[use->to_deductible] += kept_deductible;
    bill->part[use->to_copay] += copay;
    bill->part[use->to_over_ceiling] += kept_over;
    bill->left -= pay;
    bill->paid[at->position] = pay;
    bill->fund[layer->fund] += pay;
    if (at->is_first) bill->deductible = WHOLE(deductible);

    int64_t limit_passed = 0;
    if (layer->used != MS_NONE) limit_passed |= move(counter, layer->used, WHOLE(deductible));
    if (layer->measured != MS_NONE) {
        AMOUNT measure = layer->inside ? deductible + covered : covered;
        limit_passed |= move(counter, layer->measured, WHOLE(measure));
    }
    for (c = 0; c < layer->n_cost_ceilings + layer->n_pay_ceilings; c++) {
        if (layer->ceiling[c] == MS_NONE) continue;
        int64_t by = c < layer->n_cost_ceilings ? WHOLE(covered) : pay;
        limit_passed |= move(counter, layer->ceiling[c], by);
    }
    bill->limit_passed |= limit_passed;

    if (step != NULL) {
        step->base = base;
        step->deductible = kept_deductible;
        step->cost = covered;
        step->copay = copay;
        step->over_ceiling = kept_over;
        step->person_share =
            (ms_wide)(covered - (AMOUNT)topped * DEN) * MS_PPM - (ms_wide)exact;
        step->pay = pay;
        step->den = (int64_t)DEN;
        step->cut = cut;
    }
    return 1;
}
