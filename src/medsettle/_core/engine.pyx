# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: freethreading_compatible=True
"""The kernel behind Python objects.  Nothing here computes with money: it copies in and out."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t, uintptr_t
from libc.string cimport memcpy, memset

from medsettle._core.kernel cimport (
    MS_AMOUNTS, MS_AXES, MS_COUNTERS, MS_LAYERS, MS_NO_DATE, MS_OK,
    ms_batch, ms_claim, ms_column, ms_error, ms_result, ms_settle, ms_settle_batch, ms_step,
    ms_stream, ms_table, ms_table_open, ms_wide, ms_ytd,
)

from datetime import date as _date
from datetime import datetime as _datetime

cdef int32_t _EPOCH = 719163  # date(1970, 1, 1).toordinal()
cdef int _AGE_UNSTATED = 255
cdef int _AGE_MAX = 150

cdef dict _BENEFIT_CODES = {}
cdef dict _LEVELS = {}
cdef dict _STATUSES = {}
cdef dict _ASSISTANCE = {}
cdef dict _SUPPLEMENTS = {}
cdef dict _PLACES = {}


def set_codes(benefits, level, status, assistance, supplement, place):
    """Hand over the vocabulary's codes, once, when the package is imported."""
    for mine, given in (
        (_BENEFIT_CODES, benefits), (_LEVELS, level), (_STATUSES, status),
        (_ASSISTANCE, assistance), (_SUPPLEMENTS, supplement), (_PLACES, place),
    ):
        mine.update(given)


cdef class Stream:
    """Where a stream of claims is: the person of its last claim and what that person carries.

    `Engine.settle_columns` moves it on; a person may go on in the next block.  Not to be shared
    between threads.
    """

    cdef ms_stream at

    def __cinit__(self):
        memset(&self.at, 0, sizeof(self.at))
        self.at.ytd.last_date = MS_NO_DATE


cdef class Engine


cdef class Outcome:
    """What the kernel answered for one claim; amounts are fen."""

    cdef readonly Engine table
    cdef readonly object claim
    cdef ms_claim given
    cdef ms_ytd before
    cdef ms_ytd after
    cdef ms_result result

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

    def trace(self):
        """Evaluate once more, telling: a tuple for each layer that served the claim.

        (layer, den, base, deductible, cost, pay, copay, over_ceiling, person_share, cut); pay is
        fen, person_share is counted in ppm of 1/den fen, the other amounts in 1/den fen.
        """
        cdef ms_step steps[MS_LAYERS]
        cdef ms_ytd ytd = self.before
        cdef ms_result result
        cdef Engine engine = self.engine()
        ms_settle(&engine.table, &self.given, &ytd, &result, steps)
        return [
            (
                engine.table.use[steps[i].use].layer, steps[i].den, _wide(&steps[i].base),
                _wide(&steps[i].deductible), _wide(&steps[i].cost), steps[i].pay,
                _wide(&steps[i].copay), _wide(&steps[i].over_ceiling),
                _wide(&steps[i].person_share), bool(steps[i].cut),
            )
            for i in range(result.n_steps)
        ]


cdef object _wide(const ms_wide *value):
    return int.from_bytes(
        PyBytes_FromStringAndSize(<const char *>value, sizeof(ms_wide)), "little", signed=True
    )


cdef class Engine:
    """An open table image.  Immutable; any number of threads may settle with it at once."""

    cdef ms_table table
    cdef readonly object image
    cdef readonly list counter_names
    cdef dict counter_index
    cdef object outcome_type

    def __init__(self, image, counter_names, outcome_type):
        """Open `image` (bytes or a read-only mapping); raise ValueError if it is no good."""
        cdef const uint8_t[::1] view
        cdef ms_error error
        if self.image is not None:
            raise TypeError("a table is opened once; make a new one")
        if len(image) == 0:
            raise ValueError("not a benefit table image: it is empty")
        view = image
        if <uintptr_t>&view[0] % 8 != 0:
            image = bytes(image)
            view = image
        if ms_table_open(&self.table, &view[0], view.shape[0], &error) != 0:
            raise ValueError(error.message.decode())
        if len(counter_names) != self.table.n_counters:
            raise ValueError("the image names other counters than it has")
        self.image = view  # keeps the memory that the table points into
        self.counter_names = list(counter_names)
        self.counter_index = {name: i for i, name in enumerate(counter_names)}
        self.outcome_type = outcome_type

    @property
    def name(self):
        """Whose table this is."""
        return ""

    @property
    def n_funds(self):
        """How many funds the table's layers belong to."""
        return self.table.n_funds

    def settle(self, claim, ytd=None):
        """Return the settlement of one claim.

        `ytd` is what the person carries: None at the start, a YearToDate, or, fastest, the
        person's previous settlement by this table.  Raises ClaimError for a claim that is
        refused, TypeError for a float as money.
        """
        cdef Outcome outcome = self.outcome_type.__new__(self.outcome_type)
        outcome.table = self
        outcome.claim = claim
        try:
            self.read_claim(claim, &outcome.given)
        except AttributeError:
            raise TypeError(f"expected a medsettle.Claim, not {type(claim).__name__}") from None
        self.read_ytd(ytd, &outcome.before)
        outcome.after = outcome.before
        ms_settle(&self.table, &outcome.given, &outcome.after, &outcome.result, NULL)
        if outcome.result.status != MS_OK:
            raise self.refusal(claim, outcome.result.status)
        return outcome

    cdef int read_claim(self, object claim, ms_claim *given) except -1:
        given.amount[0] = self.read_fen(claim.full_self_pay_fen, "full_self_pay_fen")
        given.amount[1] = self.read_fen(claim.over_limit_fen, "over_limit_fen")
        given.amount[2] = self.read_fen(claim.first_step_fen, "first_step_fen")
        given.amount[3] = self.read_fen(claim.in_scope_fen, "in_scope_fen")
        date = claim.date
        if type(date) is not _date and (not isinstance(date, _date) or isinstance(date, _datetime)):
            raise self.bad_value("date", date, "a datetime.date")
        given.date = <int32_t>date.toordinal() - _EPOCH
        given.benefit = self.read_code(_BENEFIT_CODES, claim.benefit, "benefit")
        given.code[0] = self.read_code(_LEVELS, claim.level, "level")
        given.code[1] = self.read_code(_STATUSES, claim.status, "status")
        given.code[2] = self.read_code(_ASSISTANCE, claim.assistance, "assistance")
        given.code[3] = self.read_code(_SUPPLEMENTS, claim.supplement, "supplement")
        given.code[4] = self.read_code(_PLACES, claim.place, "place")
        age = claim.age
        if age is None:
            given.code[5] = _AGE_UNSTATED
        elif type(age) is not int or not 0 <= age <= _AGE_MAX:
            raise self.bad_value("age", age, "whole years from 0 to 150")
        else:
            given.code[5] = age
        return 0

    cdef int64_t read_fen(self, object fen, str field) except? -1:
        if type(fen) is not int:
            raise self.bad_money(field, fen)
        try:
            return fen
        except OverflowError:
            raise self.bad_value(field, fen, "an amount up to ten billion yuan")

    cdef uint8_t read_code(self, dict codes, object value, str field) except? 255:
        try:
            code = codes.get(value)
        except TypeError:
            code = None
        if code is None:
            raise self.bad_value(field, value, None)
        return code

    cdef int read_ytd(self, object ytd, ms_ytd *into) except -1:
        if isinstance(ytd, Outcome) and (<Outcome>ytd).table is self:
            into[0] = (<Outcome>ytd).after
            return 0
        memset(into, 0, sizeof(into[0]))
        into.last_date = MS_NO_DATE
        if ytd is None:
            return 0
        if isinstance(ytd, Outcome):
            if ytd.table.name != self.name:
                raise self.bad_value("ytd", ytd.table.name, f"a settlement by {self.name}")
            ytd = ytd.ytd
        try:
            last_date, counters = ytd.last_date, ytd.counters
        except AttributeError:
            told = f"expected a YearToDate, a Settlement or None, not {type(ytd).__name__}"
            raise TypeError(told) from None
        if last_date is not None:
            if not isinstance(last_date, _date) or isinstance(last_date, _datetime):
                raise self.bad_value("ytd last_date", last_date, "a datetime.date")
            into.last_date = <int32_t>last_date.toordinal() - _EPOCH
        for name, value in counters.items():
            index = self.counter_index.get(name)
            if index is None:
                raise self.bad_value("ytd", name, f"counters among {', '.join(self.counter_names)}")
            if type(value) is not int or not 0 <= value <= 1_000_000_000_000:
                raise self.bad_value(f"ytd {name}", value, "whole fen or visits, not negative")
            into.counter[<int>index] = value
        return 0

    def settle_columns(self, Stream stream, person, given, date, benefit, codes, amounts,
                       funds, deductible, cash, status):
        """Settle a block of claims, columns in and columns out; return how many were refused.

        All columns are one-dimensional buffers of one length: `person` int64 or int32, `given`,
        `benefit` and the six `codes` uint8, `date` int32 days since 1970-01-01, the four `amounts`
        int64 fen; the outputs `funds`, `deductible`, `cash` contiguous int64, `status` contiguous
        uint8.  Raises ValueError for lengths that differ.
        """
        cdef ms_batch batch
        cdef const int32_t[:] dates = date
        cdef const int32_t[:] narrow
        cdef const int64_t[:] wide
        cdef const uint8_t[:] bytes_view
        cdef int64_t[::1] out
        cdef uint8_t[::1] out_status = status
        cdef int64_t refused = 0
        cdef Py_ssize_t n = dates.shape[0]
        cdef int i
        if n == 0:
            return 0
        keep = []  # views, so that what the batch points into stays
        batch.n = n
        batch.date = _column(<const char *>&dates[0], dates.strides[0])
        batch.person_is_32_bit = memoryview(person).itemsize == 4
        if batch.person_is_32_bit:
            narrow = person
            _same(narrow.shape[0], n)
            batch.person = _column(<const char *>&narrow[0], narrow.strides[0])
            keep.append(narrow)
        else:
            wide = person
            _same(wide.shape[0], n)
            batch.person = _column(<const char *>&wide[0], wide.strides[0])
            keep.append(wide)
        bytes_view = given
        _same(bytes_view.shape[0], n)
        batch.given = _column(<const char *>&bytes_view[0], bytes_view.strides[0])
        keep.append(bytes_view)
        bytes_view = benefit
        _same(bytes_view.shape[0], n)
        batch.benefit = _column(<const char *>&bytes_view[0], bytes_view.strides[0])
        keep.append(bytes_view)
        _same(len(codes), MS_AXES)
        for i in range(MS_AXES):
            bytes_view = codes[i]
            _same(bytes_view.shape[0], n)
            batch.code[i] = _column(<const char *>&bytes_view[0], bytes_view.strides[0])
            keep.append(bytes_view)
        _same(len(amounts), MS_AMOUNTS)
        for i in range(MS_AMOUNTS):
            wide = amounts[i]
            _same(wide.shape[0], n)
            batch.amount[i] = _column(<const char *>&wide[0], wide.strides[0])
            keep.append(wide)
        _same(len(funds), self.table.n_funds)
        for i in range(<int>self.table.n_funds):
            out = funds[i]
            _same(out.shape[0], n)
            batch.fund[i] = &out[0]
            keep.append(out)
        out = deductible
        _same(out.shape[0], n)
        batch.deductible = &out[0]
        keep.append(out)
        out = cash
        _same(out.shape[0], n)
        batch.cash = &out[0]
        _same(out_status.shape[0], n)
        batch.status = &out_status[0]
        with nogil:
            refused = ms_settle_batch(&self.table, &batch, &stream.at)
        return refused

    def refusal(self, claim, status):
        """Return the error that says why a claim is refused; the public table knows the words."""
        return ValueError(f"refused with status {status}")

    def bad_value(self, field, value, expected):
        """Return the error for a value that is none of its field's."""
        return ValueError(f"{field}: {value!r}")

    def bad_money(self, field, value):
        """Return the error for money that is no whole number of fen."""
        return TypeError(f"{field}: {value!r}")


cdef inline ms_column _column(const char *base, Py_ssize_t stride) noexcept:
    cdef ms_column column
    column.base = base
    column.stride = stride
    return column


cdef int _same(Py_ssize_t length, Py_ssize_t expected) except -1:
    if length != expected:
        raise ValueError(f"columns of different lengths: {length} and {expected}")
    return 0
