# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: freethreading_compatible=True
"""The kernel behind Python objects.  Nothing here computes with money: it copies in and out."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.datetime cimport date_day, date_month, date_year, import_datetime
from cpython.dict cimport PyDict_GetItemWithError, PyDict_Next
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memcpy, memset

from medsettle._core.kernel cimport (
    MS_AMOUNT_NEGATIVE, MS_AMOUNT_TOO_LARGE, MS_AMOUNTS, MS_ANSWER_AMOUNTS, MS_AXES, MS_COUNTERS,
    MS_FUNDS, MS_ITEMS_DISAGREE, MS_LAYERS, MS_NO_DATE, MS_OK,
    day_from_civil, ms_answer_room, ms_batch, ms_claim, ms_column, ms_count, ms_error,
    ms_fit_total, ms_form, ms_is_plain, ms_put, ms_put_amounts, ms_put_words, ms_put_year,
    ms_read_decimal, ms_result, ms_settle, ms_settle_batch, ms_step, ms_stream, ms_table,
    ms_table_open, ms_wide, ms_words, ms_ytd,
)

from collections.abc import Mapping as _Mapping
from datetime import date as _date
from datetime import datetime as _datetime

cdef int _UNSTATED = 255
cdef int _AGE_MAX = 150
cdef int _NUMBER_MAX = 254

#: The names of the axes, and how many of them hold names; the others hold numbers.
cdef tuple _AXES = ()
cdef int _N_NAMES = 0
#: The axes that every claim is read on, so that a wrong value is refused whatever the policy asks.
cdef int _ALWAYS = 5

cdef dict _BENEFIT_CODES = {}

#: What is told before items that disagree.
cdef tuple _AMOUNTS_WRONG = (MS_AMOUNT_NEGATIVE, MS_AMOUNT_TOO_LARGE)


def set_codes(benefits, axes, n_names):
    """Hand over the vocabulary, once, when the package is imported.

    The codes of the benefits; the axes of a claim in the order of their codes, of which the first
    `n_names` hold names.
    """
    global _AXES, _N_NAMES
    _BENEFIT_CODES.update(benefits)
    _AXES = tuple(axes)
    _N_NAMES = n_names
    _PLAIN_KEYS.update({axis: _AXIS + place for place, axis in enumerate(axes)})


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


import_datetime()
include "message.pxi"
include "outcome.pxi"


cdef class Engine:
    """An open table image.  Immutable; any number of threads may settle with it at once."""

    cdef ms_table table
    cdef readonly object image
    cdef readonly list counter_names
    cdef dict counter_index
    cdef object outcome_type
    cdef list codes  # by axis of names: value -> code
    cdef int reads[MS_AXES]  # the axes of a claim that are read
    cdef int n_reads
    cdef dict item_index
    cdef object item_names
    cdef dict best_of
    cdef str rule_by  # the field whose date picks the versions; None: `date`
    cdef int rule_at  # which of `date`, `admitted` and `discharged` it is

    def __init__(
        self, image, counter_names, outcome_type, codes, items, best_of, rule_by, n_layers,
        n_programs,
    ):
        """Open `image` (bytes or a read-only mapping); raise ValueError if it is no good.

        The image's metadata has `n_layers` layer versions and `n_programs` programs.  `codes` are
        the codes of each axis of names, `items` the item groups that the table splits
        off, `best_of` the values of an axis in the order in which they count, `rule_by` the field
        of a claim whose date picks the versions.
        """
        cdef const uint8_t[::1] view
        cdef ms_error error
        if self.image is not None:
            raise TypeError("a table is opened once; make a new one")
        if len(image) == 0:
            raise ValueError("not a benefit table image: it is empty")
        view = image
        if <uintptr_t>&view[0] % 8 != 0 or not memoryview(image).readonly:
            image = bytes(image)
            view = image
        if ms_table_open(&self.table, &view[0], view.shape[0], &error) != 0:
            raise ValueError(error.message.decode())
        if len(counter_names) != self.table.n_counters:
            raise ValueError("the image names other counters than it has")
        if n_layers <= self.greatest_layer() or n_programs != self.table.header.program.count:
            raise ValueError("the image names other layers or benefits than it has")
        if len(items) != self.table.n_items:
            raise ValueError("the image names other item groups than it has")
        self.image = view  # keeps the memory that the table points into
        self.counter_names = list(counter_names)
        self.counter_index = {name: i for i, name in enumerate(counter_names)}
        self.outcome_type = outcome_type
        self.codes = [dict(mine) for mine in codes]
        self.item_index = {name: i for i, name in enumerate(items)}
        self.best_of = {_AXES.index(axis): tuple(values) for axis, values in best_of.items()}
        self.rule_by = None if rule_by == "date" else rule_by
        self.rule_at = ("date", "admitted", "discharged").index(rule_by)
        self.find_reads()

    cdef int greatest_layer(self):
        """Return the greatest number of a layer version that the image uses; -1 for none."""
        cdef uint32_t i
        greatest = -1
        for i in range(self.table.header.layer.count):
            greatest = max(greatest, self.table.layer[i].meta)
        return greatest

    cdef int find_reads(self) except -1:
        """Note the axes that some program asks for, and those that are always read."""
        cdef uint32_t p
        cdef int k
        used = set(range(_ALWAYS)) | {_N_NAMES}
        for p in range(self.table.header.program.count):
            for k in range(self.table.program[p].n_axes):
                used.add(self.table.program[p].axis[k])
        for axis in sorted(used):
            if axis < len(_AXES):
                self.reads[self.n_reads] = axis
                self.n_reads += 1
        return 0

    cdef int layer_of(self, const ms_step *step) noexcept:
        """Return which layer version of the policy a step belongs to."""
        return self.table.layer[self.table.use[step.use].layer].meta

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
            items = claim.items
        except AttributeError:
            raise TypeError(f"expected a medsettle.Claim, not {type(claim).__name__}") from None
        if items:
            if not isinstance(items, _Mapping):
                raise self.bad_value("items", items, "a dict from item groups to fen")
            outcome.items_disagree = self.read_items(items, &outcome.given)
        self.read_ytd(ytd, &outcome.before)
        _copy(&outcome.after, &outcome.before, self.table.n_counters)
        ms_settle(&self.table, &outcome.given, &outcome.after, &outcome.result, NULL)
        if outcome.items_disagree and outcome.result.status not in _AMOUNTS_WRONG:
            raise self.refusal(claim, MS_ITEMS_DISAGREE)
        if outcome.result.status != MS_OK:
            raise self.refusal(claim, outcome.result.status)
        return outcome

    cdef int read_claim(self, object claim, ms_claim *given) except -1:
        cdef int i
        given.amount[0] = self.read_fen(claim.full_self_pay_fen, "full_self_pay_fen")
        given.amount[1] = self.read_fen(claim.over_limit_fen, "over_limit_fen")
        given.amount[2] = self.read_fen(claim.first_step_fen, "first_step_fen")
        given.amount[3] = self.read_fen(claim.in_scope_fen, "in_scope_fen")
        given.date = self.read_date(claim.date, "date")
        given.rule_date = given.date
        if self.rule_by is not None:
            date = getattr(claim, self.rule_by)
            if date is not None:
                given.rule_date = self.read_date(date, self.rule_by)
                if given.rule_date > given.date:
                    raise self.bad_value(self.rule_by, date, "no day after the claim's date")
        given.benefit = self.read_code(_BENEFIT_CODES, claim.benefit, "benefit")
        given.days = -1
        if self.table.asks_days:
            given.days = self.read_days(claim.days)
        if self.table.asks_continues:
            continues = claim.continues
            if continues is True:
                given.continues = 1
            elif continues is not False:
                raise self.bad_value("continues", continues, "True or False")
        for i in range(self.n_reads):
            given.code[self.reads[i]] = self.read_axis(claim, self.reads[i])
        return 0

    cdef int32_t read_days(self, object days) except? -2:
        if days is None:
            return -1
        if type(days) is not int or not 0 <= days <= 100_000:
            raise self.bad_value("days", days, "whole days, 0 or more")
        return days

    cdef int32_t read_date(self, object date, str field) except? -1:
        if type(date) is not _date and (not isinstance(date, _date) or isinstance(date, _datetime)):
            raise self.bad_value(field, date, "a datetime.date")
        return _day(date)

    cdef uint8_t read_axis(self, object claim, int axis) except? 255:
        cdef str field = <str>_AXES[axis]
        value = getattr(claim, field)
        if axis >= _N_NAMES:
            return self.read_number(value, field)
        if type(value) is not tuple:
            return self.read_code(<dict>self.codes[axis], value, field)
        return self.read_code(<dict>self.codes[axis], self.read_best(value, axis), field)

    cdef uint8_t read_number(self, object value, str field) except? 255:
        if value is None:
            return _UNSTATED
        if type(value) is not int or value < 0 or (field == "age" and value > _AGE_MAX):
            least = "a whole number, 0 or more"
            raise self.bad_value(field, value, "whole years 0 to 150" if field == "age" else least)
        return min(value, _NUMBER_MAX)

    cdef object read_best(self, tuple values, int axis):
        """Return the value that counts among several."""
        best = self.best_of.get(axis, ())
        for value in values:
            if value not in best:
                told = f"values among {', '.join(best)}" if best else "one value: the policy has " \
                    "no `best_of` for it"
                raise self.bad_value(_AXES[axis], value, told)
        for value in best:
            if value in values:
                return value
        raise self.bad_value(_AXES[axis], values, "a value")

    cdef int read_items(self, object items, ms_claim *given) except -1:
        """Read the item groups that the table splits off; return whether all of them disagree."""
        cdef int64_t left = given.amount[MS_AMOUNTS - 1]
        cdef int64_t amount
        cdef int disagree = 0
        for name, fen in items.items():
            amount = self.read_fen(fen, f"items {name}")
            if amount < 0 or amount > left:
                disagree = 1
            else:
                left -= amount
            index = self.item_index.get(name)
            if index is not None:
                given.item[<int>index] = amount
            elif not self.knows_item(name):
                raise self.bad_value("items", name, None)
        return disagree

    def knows_item(self, name):
        """Tell whether `name` is an item group that the policy need not split off."""
        return False

    cdef int64_t read_fen(self, object fen, str field) except? -1:
        if type(fen) is not int:
            raise self.bad_money(field, fen)
        try:
            return fen
        except OverflowError:
            raise self.bad_value(field, fen, "an amount up to ten billion yuan")

    cdef uint8_t read_code(self, dict codes, object value, str field) except? 255:
        cdef PyObject *code
        try:
            code = PyDict_GetItemWithError(codes, value)
        except TypeError:
            code = NULL
        if code is NULL:
            raise self.bad_value(field, value, None)
        return <object>code

    cdef int read_ytd(self, object ytd, ms_ytd *into) except -1:
        if isinstance(ytd, Outcome) and (<Outcome>ytd).table is self:
            _copy(into, &(<Outcome>ytd).after, self.table.n_counters)
            return 0
        if ytd is None:
            return self.read_year(None, None, into)
        if isinstance(ytd, Outcome):
            if ytd.table.name != self.name:
                raise self.bad_value("ytd", ytd.table.name, f"a settlement by {self.name}")
            ytd = ytd.ytd
        try:
            last_date, counters = ytd.last_date, ytd.counters
        except AttributeError:
            told = f"expected a YearToDate, a Settlement or None, not {type(ytd).__name__}"
            raise TypeError(told) from None
        if type(counters) is not dict:
            counters = dict(counters)
        return self.read_year(last_date, counters, into)

    cdef int read_year(self, object last_date, dict counters, ms_ytd *into) except -1:
        cdef PyObject *index
        memset(into.counter, 0, self.table.n_counters * sizeof(into.counter[0]))
        into.last_date = MS_NO_DATE
        if last_date is not None:
            if not isinstance(last_date, _date) or isinstance(last_date, _datetime):
                raise self.bad_value("ytd last_date", last_date, "a datetime.date")
            into.last_date = _day(last_date)
        if counters is None:
            return 0
        for name, value in counters.items():
            index = PyDict_GetItemWithError(self.counter_index, name)
            if index is NULL:
                raise self.bad_value("ytd", name, f"counters among {', '.join(self.counter_names)}")
            if type(value) is not int or not 0 <= value <= 1_000_000_000_000:
                raise self.bad_value(f"ytd {name}", value, "whole fen or visits, not negative")
            into.counter[<int><object>index] = value
        return 0

    def settle_message(self, Form form, data, dict body):
        """Return the answer to `data`, a message of JSON that was decoded to `body`.

        None for a message that is not plain: one that is to be refused, or says what only the
        long way reads.  Raises ClaimError for counters of the year that cannot be.
        """
        return _answer_message(self, form, data, body)

    def settle_columns(self, Stream stream, person, given, date, benefit, codes, amounts,
                       items, rule_date, days, continues, funds, deductible, cash, status):
        """Settle a block of claims, columns in and columns out; return how many were refused.

        All columns are one-dimensional buffers of one length: `person` int64 or int32, `given`,
        `benefit`, the `codes` by axis and `continues` uint8, `date`, `rule_date` and `days` int32,
        dates counted from 1970-01-01, the four `amounts` and the table's `items` int64 fen; the
        outputs `funds`, `deductible`, `cash` contiguous int64, `status` contiguous uint8.  Where
        `rule_date` is None it is `date`; where `days` or `continues` is None, no claim tells them.
        Raises ValueError for lengths that differ.
        """
        return _settle_columns(
            self, stream, person, given, date, benefit, codes, amounts, items, rule_date, days,
            continues, funds, deductible, cash, status,
        )

    def refusal(self, claim, status):
        """Return the error that says why a claim is refused; the public table knows the words."""
        return ValueError(f"refused with status {status}")

    def bad_value(self, field, value, expected):
        """Return the error for a value that is none of its field's."""
        return ValueError(f"{field}: {value!r}")

    def bad_money(self, field, value):
        """Return the error for money that is no whole number of fen."""
        return TypeError(f"{field}: {value!r}")


cdef inline void _copy(ms_ytd *into, const ms_ytd *from_, uint32_t n_counters) noexcept:
    into.last_date = from_.last_date
    memcpy(into.counter, from_.counter, n_counters * sizeof(into.counter[0]))


include "columns.pxi"
