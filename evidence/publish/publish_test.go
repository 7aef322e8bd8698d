package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/evidence"
	record "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// shown is a record on the disk that is published up to a horizon that tests move.
type shown struct {
	log     *record.Log
	horizon atomic.Uint64
	heads   []evidence.Head
	source  Source
}

func newShown(t testing.TB, validator byte) *shown {
	l, err := record.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &shown{log: l, heads: []evidence.Head{{}}}
	s.source = Source{
		Validator: protocol.Hotkey{validator}, Netuid: 7, Genesis: item.Sum("genesis"), Record: l,
		Published: func() evidence.Head { return s.heads[s.horizon.Load()] },
	}
	s.append(t, &evidence.Started{Software: "test", Validator: s.source.Validator, Netuid: 7, Genesis: s.source.Genesis})
	return s
}

func (s *shown) append(t testing.TB, bodies ...evidence.Body) {
	entries, err := s.log.AppendAll(bodies...)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		s.heads = append(s.heads, e.Head())
	}
}

// fill appends n entries.
func (s *shown) fill(t testing.TB, n int) {
	var bodies []evidence.Body
	for i := range n {
		bodies = append(bodies, &evidence.Closed{Round: uint64(len(s.heads) + i), Secret: item.Sum(fmt.Sprint(i))})
	}
	s.append(t, bodies...)
}

func (s *shown) serve(t testing.TB) *httptest.Server {
	h := New(s.source)
	for i := range h.clients.place {
		h.clients.place[i].rate.SetBurst(1 << 20) // of the limits there is a test
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func TestHandler(t *testing.T) {
	s := newShown(t, 1)
	s.fill(t, 2*MaxPageEntries)
	url := s.serve(t).URL
	if res, _ := get(t, url+entriesPath+"?from=1"); res.StatusCode != http.StatusNotFound {
		t.Errorf("entries before any is published: %s", res.Status)
	}
	s.horizon.Store(MaxPageEntries + 10)
	var head Head
	res, body := get(t, url+headPath)
	if err := json.Unmarshal(body, &head); err != nil {
		t.Fatal(err)
	}
	want := Head{s.source.Validator, 7, s.source.Genesis, MaxPageEntries + 10, s.heads[MaxPageEntries+10].Hash, MaxPageEntries - 9}
	if head != want {
		t.Errorf("head %+v, want %+v", head, want)
	}
	if res, _ := get(t, url+headPath, "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
		t.Errorf("the same head again: %s", res.Status)
	}
	for _, c := range []struct {
		from, n int
		cache   string
	}{
		{1, MaxPageEntries, "public, max-age=31536000, immutable"},
		{11, MaxPageEntries, "public, no-cache"},
		{MaxPageEntries, 11, "public, no-cache"},
		{MaxPageEntries + 10, 1, "public, no-cache"},
	} {
		url := fmt.Sprintf("%s%s?from=%d", url, entriesPath, c.from)
		res, page := get(t, url)
		bodies, last, err := openPage(page, s.heads[c.from-1])
		if err != nil || len(bodies) != c.n || last != s.heads[c.from-1+c.n] || res.Header.Get("Cache-Control") != c.cache {
			t.Errorf("from %d: %d entries to %d, %v, %q; want %d, %q", c.from, len(bodies), last.Seq, err, res.Header.Get("Cache-Control"), c.n, c.cache)
		}
		if res, body := get(t, url, "If-None-Match", `"x", W/`+res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified || len(body) > 0 {
			t.Errorf("from %d again: %s", c.from, res.Status)
		}
	}
	for path, code := range map[string]int{
		entriesPath + fmt.Sprintf("?from=%d", MaxPageEntries+11): 404, entriesPath: 400, entriesPath + "?from=0": 400,
		entriesPath + "?from=-1": 400, entriesPath + "?from=99999999999999999999": 400, "/": 404, "/evidence/v1/": 404, "/evidence.db": 404,
	} {
		if res, _ := get(t, url+path); res.StatusCode != code {
			t.Errorf("%s: %s, want %d", path, res.Status, code)
		}
	}
	if res, err := http.Post(url+headPath, "text/plain", strings.NewReader("x")); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, %v", res, err)
	}
}

// A long entry stands alone, and pages end before they become too long.
func TestPagesAreBounded(t *testing.T) {
	s := newShown(t, 1)
	s.append(t, &evidence.Parameters{Source: make([]byte, MaxPageBytes+1)}, &evidence.Parameters{Source: make([]byte, MaxPageBytes/2)},
		&evidence.Parameters{Source: make([]byte, MaxPageBytes/2)}, &evidence.Parameters{Source: []byte("x")})
	s.horizon.Store(5)
	url := s.serve(t).URL
	for from, n := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2} {
		_, page := get(t, fmt.Sprintf("%s%s?from=%d", url, entriesPath, from))
		if bodies, _, err := openPage(page, s.heads[from-1]); err != nil || len(bodies) != n {
			t.Errorf("from %d: %d entries, %v; want %d", from, len(bodies), err, n)
		}
	}
}

// Each client has limits of its own, and all have some in common.
func TestRequestsAreLimited(t *testing.T) {
	s := newShown(t, 1)
	s.horizon.Store(1)
	h := New(s.source)
	ask := func(from, path string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = from
		h.ServeHTTP(w, r)
		return w.Code
	}
	other := func() string { // in another place than the client
		taken := h.clients.of(&http.Request{RemoteAddr: "10.0.0.1:1"})
		for i := 2; ; i++ {
			if at := fmt.Sprintf("10.0.0.%d:1", i); h.clients.of(&http.Request{RemoteAddr: at}) != taken {
				return at
			}
		}
	}()
	const me, page = "10.0.0.1:7", entriesPath + "?from=1"
	for range pagesAtOnce {
		h.clients.reading <- struct{}{}
	}
	if code := ask(me, page); code != http.StatusServiceUnavailable {
		t.Errorf("one page too many is read: %d", code)
	}
	<-h.clients.reading
	if !h.clients.writing.TryAcquire(bytesAtOnce) {
		t.Fatal("bytes are taken")
	}
	if code := ask(me, page); code != http.StatusServiceUnavailable {
		t.Errorf("too many bytes are on their way: %d", code)
	}
	h.clients.writing.Release(bytesAtOnce)
	codes := map[int]int{}
	for range 3 * clientBurst {
		codes[ask(me, page)]++
	}
	if codes[200] < clientBurst-3 || codes[429] < clientBurst {
		t.Errorf("codes %v", codes)
	}
	if code := ask(other, page); code != http.StatusOK {
		t.Errorf("another client: %d", code)
	}
	same := func(a, b string) bool {
		return h.clients.of(&http.Request{RemoteAddr: a}) == h.clients.of(&http.Request{RemoteAddr: b})
	}
	if !same("[2001:db8::1]:1", "[2001:db8::2:3]:9") || !same("10.0.0.1:1", "[::ffff:10.0.0.1]:2") {
		t.Error("one network of addresses is several clients")
	}
}

// slowWriter is the connection of a client that does not read until it is let go.
type slowWriter struct {
	*httptest.ResponseRecorder
	begun, end chan struct{}
	deadline   time.Time
}

func (w *slowWriter) SetWriteDeadline(t time.Time) error { w.deadline = t; return nil }

func (w *slowWriter) Write(b []byte) (int, error) {
	close(w.begun)
	<-w.end
	return len(b), nil
}

// Clients that do not read hold up themselves, nobody else, and not for long.
func TestSlowClients(t *testing.T) {
	s := newShown(t, 1)
	s.fill(t, 10)
	s.horizon.Store(10)
	h := New(s.source)
	ask := func(from string, w http.ResponseWriter) {
		r := httptest.NewRequest(http.MethodGet, entriesPath+"?from=1", nil)
		r.RemoteAddr = from
		h.ServeHTTP(w, r)
	}
	end := make(chan struct{})
	var g sync.WaitGroup
	for range clientPages {
		w := &slowWriter{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), end: end}
		g.Go(func() { ask("10.0.0.1:1", w) })
		<-w.begun
		if left := time.Until(w.deadline); left <= 0 || left > writeTime+time.Second {
			t.Errorf("%v to write a short page", left)
		}
	}
	third := httptest.NewRecorder()
	if ask("10.0.0.1:2", third); third.Code != http.StatusTooManyRequests {
		t.Errorf("a third page to a slow client: %d", third.Code)
	}
	served := 0
	for i := range 8 {
		w := httptest.NewRecorder()
		if ask(fmt.Sprintf("10.0.1.%d:1", i), w); w.Code == http.StatusOK {
			served++
		}
	}
	if served < 7 { // one may share the place
		t.Errorf("%d of 8 other clients are served", served)
	}
	close(end)
	g.Wait()
	w := httptest.NewRecorder()
	if ask("10.0.0.1:3", w); w.Code != http.StatusOK {
		t.Errorf("after the slow ones: %d", w.Code)
	}
}

func TestFetch(t *testing.T) {
	s := newShown(t, 1)
	s.fill(t, 3*MaxPageEntries)
	url, dir := s.serve(t).URL, filepath.Join(t.TempDir(), "record")
	if _, err := Fetch(t.Context(), url, dir); !errors.Is(err, ErrNothing) {
		t.Fatalf("nothing is published: %v", err)
	}
	fetched := uint64(0)
	for _, at := range []uint64{1, 1, 5, 2*MaxPageEntries + 17} {
		s.horizon.Store(at)
		r, err := Fetch(t.Context(), url, dir)
		if err != nil || r.Head.Seq != at || r.Fetched != at-fetched {
			t.Fatalf("up to %d: %+v, %v", at, r, err)
		}
		fetched = at
		note, ok, err := ReadNote(dir)
		if err != nil || !ok || note.Head != r.Head || note.Address != url || note.Head.Withheld != 3*MaxPageEntries+1-at {
			t.Errorf("note %+v, %v, %v", note, ok, err)
		}
	}
	l, err := record.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Head() != s.heads[fetched] || l.CheckEnd() != nil {
		t.Errorf("head %v, want %v; %v", l.Head(), s.heads[fetched], l.CheckEnd())
	}
	for _, address := range []string{"", "validator:80", "file:///etc", "http://"} {
		if _, err := Fetch(t.Context(), address, dir); err == nil {
			t.Errorf("address %q is taken", address)
		}
	}
}

// What contradicts the folder, or itself, is not written into it.
func TestFetchRefuses(t *testing.T) {
	first := newShown(t, 1)
	first.fill(t, 20)
	first.horizon.Store(10)
	dir := filepath.Join(t.TempDir(), "record")
	if _, err := Fetch(t.Context(), first.serve(t).URL, dir); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, noteName))
	if err != nil {
		t.Fatal(err)
	}
	rewritten := newShown(t, 1)
	rewritten.append(t, &evidence.Parameters{Source: []byte("other")})
	rewritten.fill(t, 20)
	other := newShown(t, 2)
	other.fill(t, 20)
	other.horizon.Store(15)
	for _, at := range []uint64{5, 10, 15} {
		rewritten.horizon.Store(at)
		if _, err := Fetch(t.Context(), rewritten.serve(t).URL, dir); !errors.Is(err, ErrContradicts) {
			t.Errorf("rewritten, up to %d: %v", at, err)
		}
	}
	if _, err := Fetch(t.Context(), other.serve(t).URL, dir); err == nil || !strings.Contains(err.Error(), "another record") {
		t.Errorf("another validator's: %v", err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"endless":    func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, endless{}) },
		"not a head": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"seq": 3, "more": 1}`) },
	} {
		server := httptest.NewServer(answer)
		if _, err := Fetch(t.Context(), server.URL, dir); err == nil {
			t.Errorf("%s: no error", name)
		}
		server.Close()
	}
	// A head that its entries do not lead to.
	first.horizon.Store(12)
	lying := first.source
	lying.Published = func() evidence.Head { return evidence.Head{Seq: 12, Hash: item.Sum("another")} }
	server := httptest.NewServer(New(lying))
	defer server.Close()
	if _, err := Fetch(t.Context(), server.URL, filepath.Join(t.TempDir(), "x")); !errors.Is(err, ErrContradicts) {
		t.Errorf("a head of other entries: %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, noteName))
	l, openErr := record.OpenReadOnly(dir)
	if err = errors.Join(err, openErr); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !bytes.Equal(before, after) || l.Head() != first.heads[10] {
		t.Errorf("the folder was changed: head %v", l.Head())
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestServe(t *testing.T) {
	s := newShown(t, 1)
	s.horizon.Store(1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- Serve(ctx, l, New(s.source)) }()
	if res, _ := get(t, "http://"+l.Addr().String()+headPath); res.StatusCode != http.StatusOK {
		t.Errorf("head: %s", res.Status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// FuzzOpenPage: whatever is taken for a page is the one page of its entries.
func FuzzOpenPage(f *testing.F) {
	var at evidence.Head
	page := appendPageHead(nil, at)
	for _, b := range []evidence.Body{&evidence.Parameters{Source: []byte("x")}, &evidence.Closed{Round: 2}, &evidence.Intent{Epoch: 1, Nonce: make([]byte, evidence.NonceBytes)}} {
		e, err := evidence.Next(at, b)
		if err != nil {
			f.Fatal(err)
		}
		page, at = appendEntry(page, e), e.Head()
		f.Add(slices.Clone(page))
	}
	f.Add(page[:len(page)-1])
	f.Add(appendPageHead(nil, evidence.Head{}))
	f.Fuzz(func(t *testing.T, page []byte) {
		var at evidence.Head
		bodies, last, err := openPage(page, at)
		if err != nil {
			return
		}
		again := appendPageHead(nil, at)
		for _, b := range bodies {
			e, err := evidence.Next(at, b)
			if err != nil {
				t.Fatal(err)
			}
			again, at = appendEntry(again, e), e.Head()
		}
		if !bytes.Equal(again, page) || at != last {
			t.Fatalf("%x reads as %x, to %v and %v", page, again, last, at)
		}
	})
}

// A server cannot make a fetch panic with a head beyond all numbers, nor keep it
// busy with pages of one entry.
func TestFetchOfHostileServer(t *testing.T) {
	s := newShown(t, 1)
	s.fill(t, 40)
	for name, c := range map[string]struct {
		seq  uint64
		page int // entries
		says string
	}{
		"the largest head":       {1<<64 - 1, 40, "beyond what a record holds"},
		"the largest that fits":  {1<<63 - 1, 40, "torn"},
		"pages of one entry":     {40, 1, "too short"},
		"more than the head has": {20, 40, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == headPath {
					head := Head{Validator: s.source.Validator, Netuid: 7, Genesis: s.source.Genesis, Seq: c.seq}
					if c.seq < uint64(len(s.heads)) {
						head.Hash = s.heads[c.seq].Hash
					}
					_ = json.NewEncoder(w).Encode(head)
					return
				}
				from, _ := strconv.ParseUint(r.URL.Query().Get("from"), 10, 63)
				page, n := appendPageHead(nil, s.heads[from-1]), 0
				for e := range s.log.Entries(from) {
					if n++; n > c.page {
						break
					}
					page = appendEntry(page, e)
				}
				if from > 40 {
					page = append(page, 0)
				}
				_, _ = w.Write(page)
			}))
			defer server.Close()
			_, err := Fetch(t.Context(), server.URL, filepath.Join(t.TempDir(), "record"))
			if c.says == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}
