# Included by lines.pyx: the lines of a bill in JSON, as msgspec decoded them, and their answer.
#
# Lines that say anything wrong or unusual are left to the door in Python, which reads them in full.

cdef enum:
    _CODE = 0
    _PRICE
    _QUANTITY
    _AMOUNT
    _DATE
    _ID
    _RETURNS
    _APPROVAL
    _HERB_USE
    _DISCHARGE
    _SUPPLY
    _NEEDED = 1 << _CODE | 1 << _PRICE | 1 << _QUANTITY
    _SUPPLY_MAX = 1_000_000  # hundredths of a day
    _QUOTES = 2
    _ESCAPED = 6  # the most bytes that a letter of a text takes in JSON

#: What a key of a line is.
cdef dict _LINE_KEYS = {
    "code": _CODE, "price": _PRICE, "quantity": _QUANTITY, "amount": _AMOUNT, "date": _DATE,
    "id": _ID, "returns": _RETURNS, "approval": _APPROVAL, "herb_use": _HERB_USE,
    "discharge_medicine": _DISCHARGE, "supply_days": _SUPPLY,
}


def split_message(
    LineEngine engine, list lines, date, uint8_t insured, uint8_t level, int32_t days,
    const uint8_t[:] columns, int n_columns,
):
    """Split the lines of one bill, each a dict as msgspec decoded it; see `LineEngine.split_bill`.

    Return BillLines and the ids of the lines; None for lines that are not plain.
    """
    cdef BillLines mine = BillLines()
    cdef Py_ssize_t i, n = len(lines)
    cdef list ids = [""] * n
    cdef list returns = [""] * n
    mine.make(n)
    mine.bill_date = _day(date)
    mine.insured = insured
    mine.level = level
    mine.days = days
    for i in range(n):
        mine.date[i] = MS_DATE_OF_BILL
        mine.charged[i] = MS_NOT_CHARGED
        mine.returns[i] = -1
        if not _read_line(mine, i, <dict?>lines[i], ids, returns):
            return None
    if not _tie_ids(mine, ids, returns):
        return None
    mine.split(engine, columns, n_columns)
    return mine, ids


cdef bint _read_line(BillLines mine, Py_ssize_t i, dict line, list ids, list returns) except -1:
    """Read a line; return whether it is plain."""
    cdef PyObject *key
    cdef PyObject *value
    cdef PyObject *known
    cdef Py_ssize_t at = 0
    cdef int field, seen = 0
    while PyDict_Next(line, &at, &key, &value):
        known = PyDict_GetItemWithError(_LINE_KEYS, <object>key)
        if known is NULL:
            return False
        field = <object>known
        seen |= 1 << field
        if field == _ID:
            ids[i] = <object>value
        elif field == _RETURNS:
            returns[i] = <object>value
            mine.has_returns |= <object>value != ""
        elif not _read_line_field(mine, i, field, <object>value):
            return False
    return seen & _NEEDED == _NEEDED


cdef bint _read_line_field(BillLines mine, Py_ssize_t i, int field, object value) except -1:
    cdef int64_t number = 0
    cdef PyObject *code
    if field == _PRICE:
        return _read_scaled(value, 6, &mine.price[i])
    if field == _QUANTITY:
        return _read_scaled(value, 4, &mine.quantity[i])
    if field == _CODE:
        mine.put_code(i, value)
    elif field == _AMOUNT:
        if _is_null(value):
            return True
        return _read_scaled(value, 2, &mine.charged[i]) and abs(mine.charged[i]) <= MS_FEN_MAX
    elif field == _DATE:
        if value is not None:
            mine.date[i] = _day(value)
    elif field == _DISCHARGE:
        if value is True:
            mine.flags[i] |= MS_DISCHARGE
    elif field == _SUPPLY:
        if not _is_null(value):
            if not _read_scaled(value, 2, &number) or not 0 < number <= _SUPPLY_MAX:
                return False
            mine.supply[i] = number
    else:
        code = PyDict_GetItemWithError(_APPROVALS if field == _APPROVAL else _HERB_FLAGS, value)
        if code is NULL:
            return False
        if field == _APPROVAL:
            mine.approval[i] = <object>code
        else:
            mine.flags[i] |= <uint8_t><object>code
    return True


cdef bint _is_null(object raw) except -1:
    cdef Py_buffer text
    PyObject_GetBuffer(raw, &text, PyBUF_SIMPLE)
    cdef bint is_null = text.len > 0 and (<const char *>text.buf)[0] == b"n"
    PyBuffer_Release(&text)
    return is_null


cdef bint _read_scaled(object raw, int decimals, int64_t *into) except -1:
    """Read a number of JSON, or a text that holds one, as it is written."""
    cdef Py_buffer text
    PyObject_GetBuffer(raw, &text, PyBUF_SIMPLE)
    cdef bint plain = ms_read_decimal(<const char *>text.buf, text.len, decimals, into)
    PyBuffer_Release(&text)
    return plain


cdef bint _tie_ids(BillLines mine, list ids, list returns) except -1:
    """Tie every return to the line that it returns; return whether every id is there once."""
    cdef Py_ssize_t i, named = 0
    cdef dict at = {}
    for i in range(len(ids)):
        if mine.has_returns and returns[i]:
            # a line that does not exist is named as one that cannot be an original: itself
            mine.returns[i] = at.get(returns[i], i)
        if ids[i]:
            at[ids[i]] = i
            named += 1
    return len(at) == named


cdef int32_t _day(object date) except? -1:
    """Return a date as days since 1970-01-01."""
    if not PyDate_Check(date):
        raise TypeError("expected a date")
    return day_from_civil(date_year(date), date_month(date)) + date_day(date) - 1


cdef class LineForm:
    """The texts of JSON that the answers of one catalogue have in common."""

    cdef tuple classes
    cdef tuple groups
    cdef object encode
    cdef size_t room  # for a line, but for its id

    def __init__(self, classes, groups, encode):
        """Take the names of the classes and of the catalogue's groups; `encode` writes JSON."""
        if self.classes is not None:
            raise TypeError("a form is made once")
        self.classes = tuple([encode(name) for name in classes])
        self.groups = tuple([encode(name) for name in groups])
        self.encode = encode
        longest = max([len(text) for text in (b"null", *self.classes, *self.groups)])
        self.room = ms_line_room(2 * longest + _ESCAPED * MS_CODE + 2 * _QUOTES)

    def answer(self, BillLines lines, list ids, bytes settled):
        """Return the answer to a bill that is split: its settlement, four amounts and lines."""
        cdef Py_ssize_t i, size
        cdef size_t room = PyBytes_GET_SIZE(settled) + ms_line_room(0) + lines.n * self.room
        cdef char *text
        cdef char *at
        if lines.engine is None or lines.is_refused or len(ids) != lines.n:
            raise ValueError("a bill that is split, and an id for every line")
        if lines.engine.catalogue.header.n_groups != <uint32_t>len(self.groups):
            raise ValueError("a form of another catalogue")
        for name in ids:
            PyUnicode_AsUTF8AndSize(name, &size)
            room += _ESCAPED * size + _QUOTES
        text = at = <char *>PyMem_Malloc(room)
        if text is NULL:
            raise MemoryError
        try:
            at = ms_put(at, PyBytes_AS_STRING(settled), PyBytes_GET_SIZE(settled) - 1)
            at = ms_put_text(at, b',"amounts":{')
            at = ms_put_four(at, lines.bill_part, 1)
            at = ms_put_text(at, b'},"lines":[')
            for i in range(lines.n):
                if i > 0:
                    at = ms_put_text(at, b",")
                at = self.put_line(at, lines, i, ids[i])
            at = ms_put_text(at, b"]}")
            return PyBytes_FromStringAndSize(text, at - text)
        finally:
            PyMem_Free(text)

    cdef char *put_line(self, char *at, BillLines lines, Py_ssize_t i, str name) except NULL:
        cdef const ms_item *item = lines.engine.catalogue.item + lines.item[i]
        cdef const ms_version *version = lines.engine.catalogue.version + lines.version[i]
        cdef ms_words texts[3]
        cdef bytes group = b"null"
        cdef char code[MS_CODE + _QUOTES]
        cdef bytes kept
        at = ms_put_text(at, b'{"id":')
        at = self.put_name(at, name)
        if ms_is_plain(item.code, item.length):
            ms_put_text(ms_put(ms_put_text(code, b'"'), item.code, item.length), b'"')
            texts[0].text, texts[0].size = code, item.length + _QUOTES
        else:
            kept = self.encode(item.code[:item.length].decode())
            texts[0] = _words(kept)
        if version.group != MS_NO_GROUP:
            group = <bytes>self.groups[version.group]
        texts[1], texts[2] = _words(<bytes>self.classes[version.item_class]), _words(group)
        return ms_put_line(at, texts, lines.amount + i, lines.n, lines.share[i], lines.ceiling[i])

    cdef char *put_name(self, char *at, str name) except NULL:
        """Write a text as JSON."""
        cdef Py_ssize_t size
        cdef const char *text = PyUnicode_AsUTF8AndSize(name, &size)
        if ms_is_plain(text, size):
            return ms_put_text(ms_put(ms_put_text(at, b'"'), text, size), b'"')
        return ms_put_words(at, _words(self.encode(name)))


cdef ms_words _words(bytes text):
    cdef ms_words words
    words.text, words.size = PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)
    return words
