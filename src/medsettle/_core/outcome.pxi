# Included by engine.pyx: what the kernel answered, as Python asks for it.

cdef class Outcome:
    """What the kernel answered for one claim; amounts are fen."""

    cdef readonly Engine table
    cdef readonly object claim
    cdef ms_claim given
    cdef ms_ytd before
    cdef ms_ytd after
    cdef ms_result result
    cdef int items_disagree

    def __init__(self):
        raise TypeError("a settlement is made by BenefitTable.settle")

    cdef Engine engine(self):
        """Return the table; raise where the outcome was not made by one."""
        if self.table is None:
            raise TypeError("a settlement is made by BenefitTable.settle")
        return self.table

    def fund_fen(self, int index):
        """Return what the table's fund number `index` pays, in fen."""
        if not 0 <= index < <int>self.engine().table.n_funds:
            raise IndexError(index)
        return self.result.fund[index]

    @property
    def deductible_fen(self):
        """The deductible of the benefit's first layer, in fen."""
        return self.result.deductible

    @property
    def cash_fen(self):
        """What the funds leave, in fen."""
        return self.result.cash

    @property
    def program(self):
        """The number of the program that ran."""
        return self.result.program

    def counters_after(self):
        """Return every counter after the claim, in the table's order, fen or visits."""
        cdef int n = self.engine().table.n_counters
        return [self.after.counter[i] for i in range(n)]

    def paid(self):
        """Evaluate once more, telling only who paid: (layer, pay in fen) for each that served."""
        cdef ms_step steps[MS_LAYERS]
        cdef int n = self.evaluate(steps)
        return [(self.table.layer_of(&steps[i]), steps[i].pay) for i in range(n)]

    def answer(self, Form form):
        """Return the settlement as JSON, in the form of its table's answers."""
        cdef ms_step steps[MS_LAYERS]
        cdef int n = self.evaluate(steps)
        return form.answer(
            self.table, &self.given, &self.result, &self.after, steps, n, self.claim.id
        )

    def trace(self):
        """Evaluate once more, telling: a tuple for each layer that served the claim.

        (layer, den, base, first_share, deductible, cost, pay, copay, over_ceiling, person_share,
        cut); pay is fen, person_share is counted in ppm of 1/den fen, the other amounts in 1/den
        fen.
        """
        cdef ms_step steps[MS_LAYERS]
        cdef int n = self.evaluate(steps)
        return [
            (
                self.table.layer_of(&steps[i]), steps[i].den, _wide(&steps[i].base),
                _wide(&steps[i].first_share), _wide(&steps[i].deductible), _wide(&steps[i].cost),
                steps[i].pay, _wide(&steps[i].copay), _wide(&steps[i].over_ceiling),
                _wide(&steps[i].person_share), bool(steps[i].cut),
            )
            for i in range(n)
        ]

    cdef int evaluate(self, ms_step *steps) except -1:
        """Settle the claim again as it was settled, with steps; return how many there are."""
        cdef ms_ytd ytd
        cdef ms_result result
        cdef Engine engine = self.engine()
        _copy(&ytd, &self.before, engine.table.n_counters)
        ms_settle(&engine.table, &self.given, &ytd, &result, steps)
        return result.n_steps


cdef object _wide(const ms_wide *value):
    return int.from_bytes(
        PyBytes_FromStringAndSize(<const char *>value, sizeof(ms_wide)), "little", signed=True
    )
