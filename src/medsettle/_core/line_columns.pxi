# Included by lines.pyx: from the columns of many bills to what the kernel reads.

cdef object _split_columns(LineEngine engine, lines, bills, out, const uint8_t[:] columns):
    """Point a batch into the columns and split it; see `LineEngine.split_columns`."""
    cdef ms_line_batch batch
    cdef const int64_t[::1] first = bills["first"]
    cdef int64_t n_bills = first.shape[0] - 1, refused, longest = 0, n_lines, b
    cdef Py_ssize_t k
    keep = []  # views, so that what the batch points into stays
    memset(&batch, 0, sizeof(batch))
    n_lines = _lines_of(first, n_bills, &longest)
    batch.n_bills = n_bills
    batch.first = &first[0]
    batch.item = _read(lines["item"], n_lines, 4, keep)
    batch.price = _read(lines["price"], n_lines, 8, keep)
    batch.quantity = _read(lines["quantity"], n_lines, 8, keep)
    batch.charged = _read(lines["charged"], n_lines, 8, keep)
    batch.date = _read(lines["date"], n_lines, 4, keep)
    batch.approval = _read(lines["approval"], n_lines, 1, keep)
    batch.flags = _read(lines["flags"], n_lines, 1, keep)
    batch.supply = _read(lines["supply"], n_lines, 4, keep)
    batch.returns = _read(lines["returns"], n_lines, 8, keep)
    batch.bill_date = _read(bills["date"], n_bills, 4, keep)
    batch.insured = _read(bills["insured"], n_bills, 1, keep)
    batch.level = _read(bills["level"], n_bills, 1, keep)
    batch.days = _read(bills["days"], n_bills, 4, keep)
    batch.class_column = &columns[0]
    batch.group_column = &columns[3]
    batch.n_group_columns = len(out["bill_group"])
    batch.amount = <int64_t *>_write(out["amount"], n_lines, 8, keep)
    batch.line_status = <uint8_t *>_write(out["line_status"], n_lines, 1, keep)
    for k in range(4):
        batch.part[k] = <int64_t *>_write(out["part"][k], n_lines, 8, keep)
        batch.bill_part[k] = <int64_t *>_write(out["bill_part"][k], n_bills, 8, keep)
    for k in range(batch.n_group_columns):
        batch.bill_group[k] = <int64_t *>_write(out["bill_group"][k], n_bills, 8, keep)
    batch.bill_status = <uint8_t *>_write(out["bill_status"], n_bills, 1, keep)
    if n_bills == 0:
        return 0
    batch.used_mask = _mask_above(longest)
    batch.used = <ms_limit_used *>calloc(batch.used_mask + 1, sizeof(ms_limit_used))
    if batch.returns.base is not NULL:
        batch.group = <ms_line_group *>calloc(longest + 1, sizeof(ms_line_group))
    if batch.used is NULL or (batch.returns.base is not NULL and batch.group is NULL):
        free(batch.used)
        free(batch.group)
        raise MemoryError
    with nogil:
        refused = ms_split_bills(&engine.catalogue, &batch)
        free(batch.used)
        free(batch.group)
    return refused


cdef int64_t _lines_of(const int64_t[::1] first, int64_t n_bills, int64_t *longest) except -1:
    """Return how many lines there are; check that the bills' starts ascend from 0."""
    cdef int64_t b
    cdef int bad = n_bills < 0 or first[0] != 0
    if not bad:
        for b in range(n_bills):
            bad |= first[b] > first[b + 1]
            longest[0] = max(longest[0], first[b + 1] - first[b])
    if bad:
        raise ValueError("the first lines of the bills must ascend from 0")
    return first[n_bills]


cdef ms_column _read(values, int64_t n, int size, list keep) except *:
    """Return a column of n values of `size` bytes, strided; a NULL one for None."""
    cdef ms_column column
    column.base = NULL
    column.stride = 0
    if values is None:
        return column
    view = memoryview(values)
    keep.append(view)
    if view.ndim != 1 or view.itemsize != size or view.shape[0] != n:
        raise ValueError(f"a column of {view.shape} items of {view.itemsize} bytes, expected {n} of {size}")
    cdef const uint8_t[:] any_bytes
    if n == 0:
        column.base = <const char *>&_NOTHING
        return column
    any_bytes = _bytes_of(view)
    column.base = <const char *>&any_bytes[0]
    column.stride = view.strides[0]
    return column


cdef int64_t _NOTHING = 0


cdef object _bytes_of(view):
    """Return the first item of a view as bytes, to know where it starts."""
    return view[:1].cast("B")


cdef void *_write(values, int64_t n, int size, list keep) except? NULL:
    """Return where n contiguous values of `size` bytes may be written."""
    cdef uint8_t[::1] out
    view = memoryview(values)
    keep.append(view)
    if view.ndim != 1 or view.itemsize != size or view.shape[0] != n or not view.c_contiguous:
        raise ValueError(f"an output of {view.shape} items, expected {n} of {size} bytes")
    if n == 0:
        return &_NOTHING
    out = view.cast("B")
    return &out[0]
