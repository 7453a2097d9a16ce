# Included by engine.pyx: a claim's message, as msgspec decoded it, to its answer as JSON.
#
# Only what is plain goes this way: a message that says anything unusual or wrong is left to the
# doors in Python, which read it in full and know the words for it.

cdef enum:
    _FEN = 0  # a field of the four amounts: its place
    _YUAN = 4
    _TOTAL_FEN = 8
    _TOTAL = 9
    _DATE = 10  # and the two dates of the visit
    _BENEFIT = 13
    _DAYS = 14
    _CONTINUES = 15
    _ID = 16
    _UNREAD = 17
    _ITEMS_FEN = 18
    _ITEMS = 19
    _AXIS = 32  # and every axis behind it
    _DAYS_MAX = 100_000
    _SCRATCH = 4096  # room for most answers
    _QUOTES = 3  # what stands around the id

#: What a key of a claim is; the axes come with `set_codes`.  Other keys are not plain.
cdef dict _PLAIN_KEYS = {
    "total_fen": _TOTAL_FEN, "total": _TOTAL, "benefit": _BENEFIT, "days": _DAYS,
    "continues": _CONTINUES, "id": _ID, "person": _UNREAD, "ytd": _UNREAD,
    "items_fen": _ITEMS_FEN, "items": _ITEMS,
}
for _place, _name in enumerate(("full_self_pay", "over_limit", "first_step", "in_scope")):
    _PLAIN_KEYS[f"{_name}_fen"] = _FEN + _place
    _PLAIN_KEYS[_name] = _YUAN + _place
for _place, _name in enumerate(("date", "admitted", "discharged")):
    _PLAIN_KEYS[_name] = _DATE + _place


cdef struct _message:
    ms_claim claim
    int32_t day[3]  # the date, admitted, discharged
    int64_t total
    uint32_t seen  # bit i: the i-th of the amounts and the total
    PyObject *id
    PyObject *items
    int items_in_yuan


cdef class Form:
    """What the answers of one table have in common.  Immutable but for what it learns to tell."""

    cdef ms_form form
    cdef size_t room
    cdef dict told  # the layers that paid -> what is told of them
    cdef object tell
    cdef object encode
    cdef tuple kept

    def __init__(self, amounts, no_funds, counters, behind, tell, encode):
        """Take the texts of an answer, bytes of JSON.

        `amounts` stand before the amounts: every payer, deductible, cash, total, total_funds;
        `counters` before the counters, each with a comma in front; `behind` after them.
        `no_funds` are the places of the payers that are no funds.  `tell` returns what is told of
        a tuple of layers that paid, up to the day; `encode` writes anything else as JSON.
        """
        if self.kept is not None:
            raise TypeError("a form is made once")
        if len(amounts) > MS_FUNDS + MS_ANSWER_AMOUNTS or len(amounts) < MS_ANSWER_AMOUNTS:
            raise ValueError("more payers than a table can have")
        if len(counters) > MS_COUNTERS:
            raise ValueError("more counters than a table can have")
        self.kept = (*amounts, *counters, behind)
        self.form.n_funds = len(amounts) - MS_ANSWER_AMOUNTS
        self.form.n_counters = len(counters)
        for i in no_funds:
            self.form.no_funds |= 1 << <int>i
        for i, text in enumerate(amounts):
            self.form.amount[i] = _words(text)
        for i, text in enumerate(counters):
            self.form.counter[i] = _words(text)
        self.form.behind = _words(behind)
        self.room = ms_answer_room(&self.form)
        self.told, self.tell, self.encode = {}, tell, encode

    cdef bytes answer(
        self, Engine table, const ms_claim *claim, const ms_result *result, const ms_ytd *after,
        const ms_step *steps, int n_steps, object name,
    ):
        """Return the answer, of which `name` is the id."""
        cdef ms_words provenance, shown
        cdef char scratch[_SCRATCH]
        cdef char *text = scratch
        cdef char *at
        cdef Py_ssize_t size = 0
        cdef int quote = 0
        if self.form.n_funds != table.table.n_funds or (
            self.form.n_counters != table.table.n_counters
        ):
            raise ValueError("a form of another table")
        told = self.provenance(table, steps, n_steps)
        provenance = _words(told)
        if type(name) is str:
            shown.text = PyUnicode_AsUTF8AndSize(name, &size)
            shown.size = size
            quote = ms_is_plain(shown.text, shown.size)
        if not quote:
            name = self.encode(name)
            shown = _words(name)
        size = self.room + provenance.size + shown.size + _QUOTES
        if size > _SCRATCH:
            text = <char *>PyMem_Malloc(size)
            if text is NULL:
                raise MemoryError
        at = ms_put_amounts(text, &self.form, claim, result)
        at = ms_put_words(at, provenance)
        at = ms_put_year(at, &self.form, after)
        at = ms_put(at, b'"', quote)
        at = ms_put_words(at, shown)
        at = ms_put(at, b'"', quote)
        at = ms_put(at, b"}", 1)
        answer = PyBytes_FromStringAndSize(text, at - text)
        if text is not scratch:
            PyMem_Free(text)
        return answer

    cdef bytes provenance(self, Engine table, const ms_step *steps, int n_steps):
        """Return what is told of the layers that paid."""
        cdef uint16_t paid[MS_LAYERS]
        cdef int i, n = 0
        cdef PyObject *known
        for i in range(n_steps):
            if steps[i].pay != 0:
                paid[n] = table.layer_of(&steps[i])
                n += 1
        key = PyBytes_FromStringAndSize(<const char *>paid, n * sizeof(paid[0]))
        known = PyDict_GetItemWithError(self.told, key)
        if known is not NULL:
            return <bytes><object>known
        told = self.tell(tuple([paid[i] for i in range(n)]))
        self.told[key] = told
        return told


cdef ms_words _words(bytes text):
    cdef ms_words words
    words.text, words.size = PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)
    return words


cdef object _answer_message(Engine table, Form form, data, dict body):
    """Answer a decoded message that is plain; return None where it is not."""
    cdef _message message
    cdef ms_ytd year
    cdef ms_result result
    cdef ms_step steps[MS_LAYERS]
    cdef PyObject *found = PyDict_GetItemWithError(body, "ytd")
    cdef dict ytd = None if found is NULL else <object>found
    cdef dict counters = None
    cdef size_t keys = len(body)
    if ytd is not None:
        counters = ytd.get("counters")
        keys += len(ytd) + (0 if counters is None else len(counters))
    found = PyDict_GetItemWithError(body, "claim")
    if found is not NULL:
        if len(body) != 1 + ("ytd" in body):
            return None
        body = <dict?><object>found
        keys += len(body)
    if not _read_fields(table, body, &message):
        return None
    if message.items is not NULL:
        keys += len(<dict?><object>message.items)
    if _colons(data) != keys or not _fit_together(table, &message):
        return None
    table.read_year(None if ytd is None else ytd.get("last_date"), counters, &year)
    ms_settle(&table.table, &message.claim, &year, &result, steps)
    if result.status != MS_OK:
        return None
    name = "" if message.id is NULL else <object>message.id
    return form.answer(
        table, &message.claim, &result, &year, steps, result.n_steps, name
    )


cdef size_t _colons(data) except? 0:
    """Count the colons of a message; of what is neither bytes nor str, none.

    Every key has its colon.  Where there are more of them than keys were decoded, some stand in
    texts, or a key is unknown, or there twice.
    """
    cdef Py_ssize_t size = 0
    cdef const char *text = NULL
    if type(data) is bytes:
        text, size = PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)
    elif type(data) is str:
        text = PyUnicode_AsUTF8AndSize(data, &size)
    return ms_count(text, size, b":")


cdef bint _read_fields(Engine table, dict body, _message *message) except -1:
    """Read the fields of a claim; return whether they are plain."""
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t at = 0
    cdef int i
    memset(message, 0, sizeof(message[0]))
    for i in range(_N_NAMES, MS_AXES):
        message.claim.code[i] = _UNSTATED
    message.claim.benefit = _UNSTATED
    message.claim.days = -1
    for i in range(3):
        message.day[i] = MS_NO_DATE
    while PyDict_Next(body, &at, &key, &value):
        if not _read_field(table, <object>key, <object>value, message):
            return False
    return True


cdef bint _read_field(Engine table, object key, object value, _message *message) except -1:
    """Read one field of a claim; return whether it is plain."""
    cdef PyObject *known = PyDict_GetItemWithError(_PLAIN_KEYS, key)
    cdef int field
    if known is NULL:
        return False
    field = <object>known
    if field >= _AXIS + _N_NAMES:
        return _read_count(value, field - _AXIS, message)
    if field >= _AXIS:
        return _read_name(<dict>table.codes[field - _AXIS], value,
                          &message.claim.code[field - _AXIS])
    if field <= _TOTAL:
        return _read_amount(value, field, message)
    if field < _BENEFIT:
        if type(value) is _date:
            message.day[field - _DATE] = _day(value)
        return value is None or type(value) is _date
    if field == _BENEFIT:
        return _read_name(_BENEFIT_CODES, value, &message.claim.benefit)
    if field == _DAYS:
        if type(value) is int and 0 <= value <= _DAYS_MAX:
            message.claim.days = value if table.table.asks_days else -1
            return True
        return value is None
    if field == _CONTINUES:
        message.claim.continues = value is True and table.table.asks_continues
    elif field == _ID:
        message.id = <PyObject *>value
    elif field >= _ITEMS_FEN:
        if message.items is not NULL:
            return False
        message.items = <PyObject *>value
        message.items_in_yuan = field == _ITEMS
    return True


cdef bint _read_amount(object value, int field, _message *message) except -1:
    """Read one of the four amounts, or the total, in yuan or in fen."""
    cdef int64_t fen = 0
    cdef int overflow = 0
    cdef int in_yuan = field == _TOTAL or _YUAN <= field < _TOTAL_FEN
    cdef int place = MS_AMOUNTS if field >= _TOTAL_FEN else field % MS_AMOUNTS
    if in_yuan:
        if not _read_yuan(value, &fen):
            return False
    elif type(value) is int:
        fen = PyLong_AsLongLongAndOverflow(value, &overflow)
    else:
        return False
    if overflow or message.seen >> place & 1:
        return False
    message.seen |= 1 << place
    if place < MS_AMOUNTS:
        message.claim.amount[place] = fen
    else:
        message.total = fen
    return True


cdef bint _read_yuan(object raw, int64_t *fen) except -1:
    """Read a number of JSON, or a text that holds one, as it is written."""
    cdef Py_buffer text
    PyObject_GetBuffer(raw, &text, PyBUF_SIMPLE)
    cdef bint plain = ms_read_decimal(<const char *>text.buf, text.len, 2, fen)
    PyBuffer_Release(&text)
    return plain


cdef bint _read_groups(Engine table, _message *message) except -1:
    """Read the item groups; return whether they are plain, and within the in-scope amount."""
    cdef dict items = <dict?><object>message.items
    cdef int64_t fen = 0
    if message.items_in_yuan:
        items = {}
        for name, raw in (<dict><object>message.items).items():
            if not _read_yuan(raw, &fen):
                return False
            items[name] = fen
    return not table.read_items(items, &message.claim)


cdef bint _read_name(dict codes, object value, uint8_t *into) except -1:
    """Read a name; of several, and of those that nobody knows, the long way tells."""
    cdef PyObject *code = NULL
    if type(value) is str or value is None:
        code = PyDict_GetItemWithError(codes, value)
    if code is not NULL:
        into[0] = <object>code
    return code is not NULL


cdef bint _read_count(object value, int axis, _message *message) except -1:
    """Read a number that is an axis."""
    cdef int overflow = 0
    cdef int64_t number
    if value is None:
        return True
    if type(value) is not int:
        return False
    number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow or number < 0 or (axis == _N_NAMES and number > _AGE_MAX):
        return False
    message.claim.code[axis] = min(number, _NUMBER_MAX)
    return True


cdef bint _fit_together(Engine table, _message *message) except -1:
    """Finish a claim whose fields have been read; return whether it is whole and plain."""
    cdef ms_claim *claim = &message.claim
    cdef int in_scope = message.seen >> (MS_AMOUNTS - 1) & 1
    cdef int has_total = message.seen >> MS_AMOUNTS & 1
    if not in_scope or claim.benefit == _UNSTATED or message.day[0] == MS_NO_DATE:
        return False
    if has_total and not ms_fit_total(claim.amount, message.total, message.seen & 1):
        return False
    if message.items is not NULL and not _read_groups(table, message):
        return False
    if message.day[1] > message.day[0] or message.day[2] > message.day[0]:
        return False
    claim.date = claim.rule_date = message.day[0]
    if table.rule_at > 0 and message.day[table.rule_at] != MS_NO_DATE:
        claim.rule_date = message.day[table.rule_at]
    return True


cdef int32_t _day(object date) noexcept:
    """Return a date as days since 1970-01-01."""
    return day_from_civil(date_year(date), date_month(date)) + date_day(date) - 1
