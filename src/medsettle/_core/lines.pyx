# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: freethreading_compatible=True
"""The kernel of fee lines behind Python objects.  Nothing here computes with money."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.datetime cimport PyDate_Check, date_day, date_month, date_year, import_datetime
from cpython.dict cimport PyDict_GetItemWithError, PyDict_Next
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcpy, memset

from medsettle._core.kernel cimport (
    MS_FEN_MAX, day_from_civil, ms_column, ms_error, ms_is_plain, ms_put, ms_put_words,
    ms_read_decimal, ms_words,
)

from datetime import date as _date

cdef int32_t _EPOCH = 719163  # date(1970, 1, 1).toordinal()
cdef dict _APPROVALS = {}
cdef dict _HERB_FLAGS = {}


def set_words(approvals, herb_uses):
    """Hand over the codes of approvals and the flags of herb uses, once, on import."""
    _APPROVALS.update(approvals)
    _HERB_FLAGS.update(herb_uses)


def index_items(const uint8_t[::1] items, uint8_t[::1] slots):
    """Fill the zeroed slots of an image for items ascending by code; both are packed structs."""
    cdef uint32_t n = items.shape[0] // 64
    cdef uint32_t n_slots = slots.shape[0] // 8
    if n_slots & (n_slots - 1) or n_slots < 2 * n or n_slots == 0:
        raise ValueError("the slots must be a power of two, at least twice the items")
    if n:
        ms_catalogue_index(<const ms_item *>&items[0], n, <ms_slot *>&slots[0], n_slots - 1)


cdef uint64_t _mask_above(int64_t n):
    """Return 2**k - 1 with 2**k above n."""
    cdef uint64_t size = 4
    while size <= <uint64_t>n:
        size *= 2
    return size - 1


cdef class BillLines:
    """The lines of one bill, in and out, as the kernel reads and writes them."""

    def __dealloc__(self):
        free(self.memory)

    cdef int make(self, Py_ssize_t n) except -1:
        """Make room for n lines, all zero: no date, nothing charged, nothing returned yet."""
        cdef Py_ssize_t a, wide = 10 * n * 8
        cdef uint64_t n_used = _mask_above(n) + 1
        cdef char *at
        # 8-byte columns first, so that everything is aligned
        self.memory = at = <char *>calloc(
            1, wide + n * sizeof(ms_line_group) + n_used * sizeof(ms_limit_used)
            + 5 * n * 4 + 3 * n + n * MS_CODE + 8,
        )
        if at is NULL:
            raise MemoryError
        self.n = n
        self.used_mask = n_used - 1
        self.price = <int64_t *>at
        self.quantity = self.price + n
        self.charged = self.quantity + n
        self.returns = self.charged + n
        self.amount = self.returns + n
        for a in range(4):
            self.part[a] = self.amount + n * (a + 1)
        self.ceiling = self.amount + 5 * n
        self.group = <ms_line_group *>(self.ceiling + n)
        self.used = <ms_limit_used *>(self.group + n)
        self.item = <int32_t *>(self.used + n_used)
        self.date = self.item + n
        self.supply = self.date + n
        self.version = self.supply + n
        self.share = <uint32_t *>(self.version + n)
        self.approval = <uint8_t *>(self.share + n)
        self.flags = self.approval + n
        self.status = self.flags + n
        self.code = <char *>(self.status + n)
        return 0

    cdef int put_code(self, Py_ssize_t i, str code) except -1:
        """Write the code of line i, or nothing for one that no item can have.

        That is one that is too long, has half a character, or a NUL, which would get lost among
        those that fill the field.
        """
        cdef Py_ssize_t length
        cdef const char *text
        try:
            text = PyUnicode_AsUTF8AndSize(code, &length)
        except UnicodeEncodeError:
            return 0
        if length <= MS_CODE and memchr(text, 0, length) == NULL:
            memcpy(self.code + i * MS_CODE, text, length)
        return 0

    cdef int split(self, LineEngine engine, const uint8_t[:] columns, int n_columns) except -1:
        """Find the items and split the bill; `columns` as `LineEngine.split_bill` has them."""
        cdef ms_line_batch batch
        cdef ms_texts codes
        cdef int64_t first[2]
        cdef int a
        memset(&batch, 0, sizeof(batch))
        memset(&codes, 0, sizeof(codes))
        codes.data = self.code
        codes.stride = codes.width = MS_CODE
        ms_find_items(&engine.catalogue, &codes, self.n, self.item)
        first[0] = 0
        first[1] = self.n
        batch.n_bills = 1
        batch.first = first
        batch.item = _column(self.item, 4)
        batch.price = _column(self.price, 8)
        batch.quantity = _column(self.quantity, 8)
        batch.charged = _column(self.charged, 8)
        batch.date = _column(self.date, 4)
        batch.approval = _column(self.approval, 1)
        batch.flags = _column(self.flags, 1)
        batch.supply = _column(self.supply, 4)
        if self.has_returns:
            batch.returns = _column(self.returns, 8)
            batch.group = self.group
        batch.bill_date = _column(&self.bill_date, 4)
        batch.insured = _column(&self.insured, 1)
        batch.level = _column(&self.level, 1)
        batch.days = _column(&self.days, 4)
        batch.group_column = &columns[3]
        batch.class_column = &columns[0]
        batch.n_group_columns = n_columns
        batch.amount = self.amount
        for a in range(4):
            batch.part[a] = self.part[a]
            batch.bill_part[a] = &self.bill_part[a]
        for a in range(n_columns):
            batch.bill_group[a] = &self.bill_group[a]
        batch.line_status = self.status
        batch.version = self.version
        batch.ceiling = self.ceiling
        batch.share = self.share
        batch.bill_status = &self.bill_status
        batch.used = self.used
        batch.used_mask = self.used_mask
        ms_split_bills(&engine.catalogue, &batch)
        self.engine = engine
        return 0

    @property
    def is_refused(self):
        """Whether some line is refused."""
        return self.bill_status != 0

    def amounts(self):
        """Return the bill's full self-pay, over-limit, first-step and in-scope amounts, in fen."""
        return [self.bill_part[a] for a in range(4)]

    def groups(self, int n):
        """Return what is in scope in each of n columns of item groups, in fen."""
        return [self.bill_group[k] for k in range(n)]

    def statuses(self):
        """Return the status of every line, as `words.LINE_STATUS` numbers them."""
        return [self.status[i] for i in range(self.n)]

    def row(self, Py_ssize_t i):
        """Return what became of line i.

        (item, version, amount, full self-pay, over-limit, first step, in scope, price, quantity,
        ceiling or None, share); version counts within the image.
        """
        if not 0 <= i < self.n:
            raise IndexError(i)
        cdef int64_t ceiling = self.ceiling[i]
        return (
            self.item[i], self.version[i], self.amount[i], self.part[0][i], self.part[1][i],
            self.part[2][i], self.part[3][i], self.price[i], self.quantity[i],
            None if ceiling == MS_NO_CEILING else ceiling, self.share[i],
        )


cdef inline ms_column _column(void *base, int64_t stride) noexcept:
    cdef ms_column column
    column.base = <const char *>base
    column.stride = stride
    return column


cdef class LineEngine:
    """An open catalogue image.  Immutable; any number of threads may split with it at once."""

    def __init__(self, const uint8_t[::1] image):
        """Open an image; the memory stays as it is as long as the catalogue lives."""
        cdef ms_error error
        if self.image is not None:
            raise TypeError("a catalogue is opened once; make a new one")
        if image.shape[0] == 0:
            raise ValueError("not a catalogue image: it is empty")
        if <uintptr_t>&image[0] % 8 != 0:
            raise ValueError("the image must start at a multiple of 8 bytes")
        if ms_catalogue_open(&self.catalogue, &image[0], image.shape[0], &error) != 0:
            raise ValueError(error.message.decode())
        self.image = image  # keeps the memory that the catalogue points into

    def __len__(self):
        """How many items there are."""
        return self.catalogue.n_items

    def find(self, codes):
        """Return the number of the item with each code, a list; -1 where there is none."""
        cdef BillLines lines = BillLines()
        cdef ms_texts texts
        cdef Py_ssize_t i
        lines.make(len(codes))
        for i, code in enumerate(codes):
            lines.put_code(i, code)
        memset(&texts, 0, sizeof(texts))
        texts.data = lines.code
        texts.stride = texts.width = MS_CODE
        ms_find_items(&self.catalogue, &texts, lines.n, lines.item)
        return [lines.item[i] for i in range(lines.n)]

    def find_column(self, const uint8_t[::1] data, offsets, Py_ssize_t width, int32_t[::1] found):
        """Write the number of the item of each code into `found`; -1 where there is none.

        The codes are texts of `width` bytes each, padded with NUL, or, with `offsets` (int32 or
        int64, one more than codes, checked here), those of an Arrow column.
        """
        cdef ms_texts texts
        cdef const int32_t[::1] narrow
        cdef const int64_t[::1] wide
        cdef Py_ssize_t n = found.shape[0], size = data.shape[0]
        memset(&texts, 0, sizeof(texts))
        if n == 0:
            return
        cdef uint8_t nothing = 0
        texts.data = <const char *>(&data[0] if size else &nothing)
        if offsets is None:
            texts.stride = texts.width = width
            if width * n > size or width < 0:
                raise ValueError("fewer codes than lines")
        elif memoryview(offsets).itemsize == 4:
            narrow = offsets
            _check_offsets(narrow, n, size)
            texts.offset32 = &narrow[0]
        else:
            wide = offsets
            _check_offsets(wide, n, size)
            texts.offset64 = &wide[0]
        with nogil:
            ms_find_items(&self.catalogue, &texts, n, &found[0])

    def split_bill(
        self, lines, date, uint8_t insured, uint8_t level, int32_t days,
        const uint8_t[:] columns, int n_columns,
    ):
        """Split the lines of one bill; return them as BillLines.

        `lines` are FeeLine, `insured` and `level` codes, `days` -1 where they are not told.
        `columns` tells which of the `n_columns` item groups of the claim the three classes, and
        then the catalogue's groups, count as; 255 for none.  Raises TypeError, KeyError or
        OverflowError for a field that is none; the public catalogue has checked them.
        """
        cdef BillLines mine = BillLines()
        cdef Py_ssize_t i = 0
        mine.make(len(lines))
        mine.bill_date = date.toordinal() - _EPOCH
        mine.insured = insured
        mine.level = level
        mine.days = days
        for line in lines:
            self.read(mine, i, line)
            i += 1
        _tie(mine, lines)
        mine.split(self, columns, n_columns)
        return mine

    cdef int read(self, BillLines mine, Py_ssize_t i, line) except -1:
        day, charged, supply = line.date, line.amount_fen, line.supply_days_e2
        mine.put_code(i, line.code)
        mine.price[i] = line.price_e6
        mine.quantity[i] = line.quantity_e4
        mine.charged[i] = MS_NOT_CHARGED if charged is None else charged
        if day is None:
            mine.date[i] = MS_DATE_OF_BILL
        elif type(day) is _date:
            mine.date[i] = day.toordinal() - _EPOCH
        else:
            raise TypeError("a date")
        mine.approval[i] = _APPROVALS[line.approval]
        mine.flags[i] = _HERB_FLAGS[line.herb_use]
        if line.discharge_medicine is True:
            mine.flags[i] |= MS_DISCHARGE
        elif line.discharge_medicine is not False:
            raise TypeError("True or False")
        if supply is not None:
            mine.supply[i] = supply
            if mine.supply[i] <= 0:
                raise ValueError("days above 0")
        mine.returns[i] = -1
        if line.returns:
            mine.has_returns = 1
        return 0

    def split_columns(self, lines, bills, out, const uint8_t[:] columns):
        """Split many bills, columns in and columns out; return how many are refused.

        `lines` and `bills` are dicts of one-dimensional buffers as `ms_line_batch` has them
        (None: not told), `out` of contiguous ones to write to; see `bill/batch.py`.  Raises
        ValueError for lengths that differ.
        """
        return _split_columns(self, lines, bills, out, columns)


cdef int _tie(BillLines mine, lines) except -1:
    """Tie every return to the line that it returns; one to no line is left to the kernel.

    Raises ValueError for an id that is there twice.
    """
    cdef Py_ssize_t i = 0, named = 0
    cdef dict at = {}
    for line in lines:
        id_ = line.id
        if mine.has_returns and line.returns:
            # a line that does not exist is named as one that cannot be an original: itself
            mine.returns[i] = at.get(line.returns, i)
        if id_:
            at[id_] = i
            named += 1
        i += 1
    if len(at) != named:
        raise ValueError("an id is there twice")
    return 0


ctypedef fused offset_type:
    int32_t
    int64_t


cdef int _check_offsets(const offset_type[::1] offsets, Py_ssize_t n, Py_ssize_t size) except -1:
    cdef Py_ssize_t i
    cdef int bad = offsets.shape[0] < n + 1 or offsets[0] < 0 or offsets[n] > size
    if not bad:
        for i in range(n):
            bad |= offsets[i] > offsets[i + 1]
    if bad:
        raise ValueError("the offsets of the codes are damaged")
    return 0


import_datetime()
include "line_columns.pxi"
include "line_message.pxi"
