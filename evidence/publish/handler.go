package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// The paths.
const (
	headPath    = "/evidence/v1/head"
	entriesPath = "/evidence/v1/entries"
)

// Record is what is shown.
type Record interface {
	Head() evidence.Head
	Entries(from uint64) iter.Seq2[evidence.Entry, error]
}

// Source is a record, whose it is, and up to where it may be shown.
type Source struct {
	Validator protocol.Hotkey
	Netuid    uint16
	Genesis   item.Hash // of the chain
	Record    Record
	// Published is the last entry that may be shown, the zero head while none may. It
	// is asked at each request and only ever moves forward.
	Published func() evidence.Head
}

// Head says what is shown of a record.
type Head struct {
	Validator protocol.Hotkey `json:"validator"`
	Netuid    uint16          `json:"netuid"`
	Genesis   item.Hash       `json:"genesis"`
	Seq       uint64          `json:"seq"` // of the last entry shown
	Hash      item.Hash       `json:"hash"`
	Withheld  uint64          `json:"withheld"` // entries after it
}

// Handler answers the two paths. It writes nothing, and of a client it keeps how much
// it asks for.
type Handler struct {
	source  Source
	mux     *http.ServeMux
	clients *clients
}

// New makes the handler of a record.
func New(s Source) *Handler {
	h := &Handler{source: s, mux: http.NewServeMux(), clients: newClients()}
	h.mux.HandleFunc("GET "+headPath, h.head)
	h.mux.HandleFunc("GET "+entriesPath, h.entries)
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !h.clients.of(r).rate.Allow() {
		later(w, http.StatusTooManyRequests)
		return
	}
	h.mux.ServeHTTP(w, r)
}

func later(w http.ResponseWriter, code int) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "too many requests: try again in a second", code)
}

func (h *Handler) head(w http.ResponseWriter, r *http.Request) {
	s := h.source
	at := s.Published()
	head := Head{
		Validator: s.Validator, Netuid: s.Netuid, Genesis: s.Genesis,
		Seq: at.Seq, Hash: at.Hash, Withheld: s.Record.Head().Seq - at.Seq,
	}
	if unchanged(w, r, fmt.Sprintf(`"%d-%d"`, head.Seq, head.Withheld), "no-cache") {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(head)
}

// entries sends a page. What is published never changes, so a page that is full is
// the same for ever; the last one grows.
func (h *Handler) entries(w http.ResponseWriter, r *http.Request) {
	from, err := strconv.ParseUint(r.URL.Query().Get("from"), 10, 63)
	if err != nil || from == 0 {
		http.Error(w, "from: want the number of an entry, 1 is the first", http.StatusBadRequest)
		return
	}
	client := h.clients.of(r)
	if !client.takePage() {
		later(w, http.StatusTooManyRequests)
		return
	}
	defer client.givePage()
	at := h.source.Published()
	if from > at.Seq {
		http.Error(w, fmt.Sprintf("nothing is shown from entry %d on: the last one is %d", from, at.Seq), http.StatusNotFound)
		return
	}
	page, last, full, err := h.read(from, at)
	if errors.Is(err, errBusy) {
		later(w, http.StatusServiceUnavailable)
		return
	}
	if err != nil {
		http.Error(w, "the record cannot be read", http.StatusInternalServerError)
		return
	}
	cache := "public, no-cache"
	if full {
		cache = "public, max-age=31536000, immutable"
	}
	if unchanged(w, r, fmt.Sprintf(`"%d-%d-%s"`, from, last.Seq, last.Hash.Short()), cache) {
		return
	}
	if !h.clients.writing.TryAcquire(int64(len(page))) {
		later(w, http.StatusServiceUnavailable)
		return
	}
	defer h.clients.writing.Release(int64(len(page)))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime + time.Duration(len(page))*time.Second/slowest))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	_, _ = w.Write(page)
}

// errBusy is a record from which as many pages are read as may be at once.
var errBusy = errors.New("too many pages at once")

// read is page while others are not reading too many.
func (h *Handler) read(from uint64, horizon evidence.Head) (page []byte, last evidence.Head, full bool, err error) {
	select {
	case h.clients.reading <- struct{}{}:
		defer func() { <-h.clients.reading }()
		return h.page(from, horizon)
	default:
		return nil, last, false, errBusy
	}
}

// page collects entries up to the horizon or the limits; full says that it ends
// with the limits.
func (h *Handler) page(from uint64, horizon evidence.Head) (page []byte, last evidence.Head, full bool, err error) {
	n := 0
	for e, err := range h.source.Record.Entries(from) {
		if err != nil {
			return nil, last, false, err
		}
		if e.Seq > horizon.Seq {
			break
		}
		if n == MaxPageEntries || n > 0 && len(page)+entryHead+len(e.Bytes) > MaxPageBytes {
			return page, last, true, nil
		}
		if n == 0 {
			page = appendPageHead(page, evidence.Head{Seq: e.Seq - 1, Hash: e.Prev})
		}
		page, last = appendEntry(page, e), e.Head()
		n++
	}
	if n == 0 {
		return nil, last, false, fmt.Errorf("entry %d is missing", from)
	}
	return page, last, false, nil
}

// unchanged sets the headers of caches, and answers who has this version already.
func unchanged(w http.ResponseWriter, r *http.Request, tag, cache string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	for have := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(have), "W/") == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
