# The kernel of fee lines as Cython sees it; lines.h says what everything means.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from medsettle._core.kernel cimport ms_column, ms_error, ms_words

cdef extern from "lines.h" nogil:
    enum:
        MS_CODE
        MS_INSURED
        MS_LEVELS
        MS_NO_GROUP
        MS_NO_ITEM
        MS_BAD_ITEM_CODE
        MS_LINE_OK
        MS_DISCHARGE
        MS_SINGLE_HERB
    int64_t MS_NOT_CHARGED
    int64_t MS_NO_CEILING
    uint32_t MS_NO_SHARE
    int32_t MS_DATE_OF_BILL

    ctypedef struct ms_item:
        char code[50]
        uint8_t length

    ctypedef struct ms_slot:
        pass

    ctypedef struct ms_version:
        uint8_t item_class
        uint8_t group

    ctypedef struct ms_catalogue_header:
        uint32_t n_groups

    ctypedef struct ms_catalogue:
        const ms_catalogue_header *header
        const ms_item *item
        const ms_version *version
        uint32_t n_items

    ctypedef struct ms_texts:
        const char *data
        const int32_t *offset32
        const int64_t *offset64
        int64_t stride
        int64_t width

    ctypedef struct ms_line_group:
        int64_t quantity

    ctypedef struct ms_limit_used:
        uint64_t bill

    ctypedef struct ms_line_batch:
        int64_t n_bills
        const int64_t *first
        ms_column item
        ms_column price
        ms_column quantity
        ms_column charged
        ms_column date
        ms_column approval
        ms_column flags
        ms_column supply
        ms_column returns
        ms_column bill_date
        ms_column insured
        ms_column level
        ms_column days
        const uint8_t *group_column
        const uint8_t *class_column
        int32_t n_group_columns
        int64_t *amount
        int64_t *part[4]
        uint8_t *line_status
        int32_t *version
        int64_t *ceiling
        uint32_t *share
        int64_t *bill_part[4]
        int64_t *bill_group[8]
        uint8_t *bill_status
        ms_line_group *group
        ms_limit_used *used
        uint64_t used_mask
        uint64_t bills_seen

    int ms_catalogue_open(ms_catalogue *, const void *, size_t, ms_error *)
    void ms_catalogue_index(const ms_item *, uint32_t, ms_slot *, uint32_t)
    void ms_find_items(const ms_catalogue *, const ms_texts *, int64_t, int32_t *)
    int64_t ms_split_bills(const ms_catalogue *, ms_line_batch *)


cdef extern from "line_message.h" nogil:
    size_t ms_line_room(size_t texts)
    char *ms_put_text(char *at, const char *text)
    char *ms_put_four(char *at, const int64_t *amount, size_t stride)
    char *ms_put_line(char *at, const ms_words *texts, const int64_t *amount, size_t stride,
                      uint32_t share, int64_t ceiling)


cdef class LineEngine


cdef class BillLines:
    """The lines of one bill, in and out, as the kernel reads and writes them."""

    cdef readonly Py_ssize_t n
    cdef LineEngine engine  # that has split them
    cdef void *memory
    cdef char *code  # MS_CODE bytes each, padded with NUL
    cdef int32_t *item
    cdef int32_t *date
    cdef int32_t *supply
    cdef int32_t *version
    cdef int64_t *price
    cdef int64_t *quantity
    cdef int64_t *charged
    cdef int64_t *returns
    cdef int64_t *amount
    cdef int64_t *part[4]
    cdef int64_t *ceiling
    cdef uint32_t *share
    cdef uint8_t *approval
    cdef uint8_t *flags
    cdef uint8_t *status
    cdef ms_line_group *group
    cdef ms_limit_used *used
    cdef uint64_t used_mask
    cdef int32_t bill_date
    cdef int32_t days
    cdef uint8_t insured
    cdef uint8_t level
    cdef int64_t bill_part[4]
    cdef int64_t bill_group[8]
    cdef uint8_t bill_status
    cdef int has_returns

    cdef int make(self, Py_ssize_t n) except -1
    cdef int put_code(self, Py_ssize_t i, str code) except -1
    cdef int split(self, LineEngine engine, const uint8_t[:] columns, int n_columns) except -1


cdef class LineEngine:
    """An open catalogue image.  Immutable; any number of threads may split with it at once."""

    cdef ms_catalogue catalogue
    cdef readonly object image

    cdef int read(self, BillLines mine, Py_ssize_t i, line) except -1
