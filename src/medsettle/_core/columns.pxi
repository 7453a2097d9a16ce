# Included by engine.pyx: from the columns of a batch to what the kernel reads.

cdef int64_t _settle_columns(
    Engine engine, Stream stream, person, given, date, benefit, codes, amounts, items, rule_date,
    days, continues, funds, deductible, cash, status,
) except -1:
    """Point a batch into the columns and settle it; see `Engine.settle_columns`."""
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
    memset(&batch.code, 0, sizeof(batch.code))
    _same(len(codes), len(_AXES))
    for i in range(<int>len(_AXES)):
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
    _same(len(items), engine.table.n_items)
    for i in range(<int>engine.table.n_items):
        wide = items[i]
        _same(wide.shape[0], n)
        batch.item[i] = _column(<const char *>&wide[0], wide.strides[0])
        keep.append(wide)
    batch.rule_date = batch.days = batch.continues = _column(NULL, 0)
    if rule_date is not None:
        narrow = rule_date
        _same(narrow.shape[0], n)
        batch.rule_date = _column(<const char *>&narrow[0], narrow.strides[0])
        keep.append(narrow)
    if days is not None:
        narrow = days
        _same(narrow.shape[0], n)
        batch.days = _column(<const char *>&narrow[0], narrow.strides[0])
        keep.append(narrow)
    if continues is not None:
        bytes_view = continues
        _same(bytes_view.shape[0], n)
        batch.continues = _column(<const char *>&bytes_view[0], bytes_view.strides[0])
        keep.append(bytes_view)
    _same(len(funds), engine.table.n_funds)
    for i in range(<int>engine.table.n_funds):
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
        refused = ms_settle_batch(&engine.table, &batch, &stream.at)
    return refused


cdef inline ms_column _column(const char *base, Py_ssize_t stride) noexcept:
    cdef ms_column column
    column.base = base
    column.stride = stride
    return column


cdef int _same(Py_ssize_t length, Py_ssize_t expected) except -1:
    if length != expected:
        raise ValueError(f"columns of different lengths: {length} and {expected}")
    return 0
