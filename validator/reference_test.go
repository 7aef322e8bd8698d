package validator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/source"
)

func TestFetchStatus(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	fail := func(s source.Status, r source.Reason) error { return &source.Error{Status: s, Reason: r} }
	for _, c := range []struct {
		ctx    context.Context
		err    error
		status evidence.FetchStatus
		code   string
	}{
		{t.Context(), fail(source.Gone, source.ReasonNotFound), evidence.FetchGone, "http_404"},
		{t.Context(), fail(source.Barred, source.ReasonRobots), evidence.FetchBarred, "robots_disallow"},
		{t.Context(), fail(source.Refused, source.ReasonAddress), evidence.FetchRefused, "address"},
		{t.Context(), fail(source.Unavailable, source.ReasonServer), evidence.FetchFailed, "http_5xx"},
		{t.Context(), fail(source.RateLimited, source.ReasonRateLimited), evidence.FetchFailed, "http_429"},
		{t.Context(), fail(source.TooLarge, source.ReasonWire), evidence.FetchFailed, "body_too_large"},
		{t.Context(), fail(source.Malformed, source.ReasonNoText), evidence.FetchFailed, "no_text"},
		{t.Context(), errors.New("anything else"), evidence.FetchFailed, codeFailed},
		{ended, fail(source.Gone, source.ReasonNotFound), evidence.FetchFailed, codeBudget},
	} {
		if status, code := fetchStatus(c.ctx, c.err); status != c.status || code != c.code {
			t.Errorf("%v: %d %q, want %d %q", c.err, status, code, c.status, c.code)
		}
	}
}

// fetchOne fetches one page as a round would.
func fetchOne(t *testing.T, v *Validator, p *page, room int) evidence.Fetch {
	t.Helper()
	f := v.fetchPage(t.Context(), p, &allowance{left: room})
	if err := p.plausible(&f); err != nil {
		t.Errorf("%s: a replay would say: %v", p.uri, err)
	}
	return f
}

func TestFetchPage(t *testing.T) {
	site := newSite(4)
	v := &Validator{fetcher: site}
	uri := "https://notes.example/n/1"
	it, err := site.note(1).Item()
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := it.ID(), item.Sum("something else")

	f := fetchOne(t, v, &page{uri: uri, inside: true, drawn: []item.Hash{right}}, 1<<20)
	if f.Status != evidence.FetchFound || f.ID != right || f.Label != "blue" || f.Record != nil {
		t.Errorf("confirmed page: %+v", f)
	}
	f = fetchOne(t, v, &page{uri: uri, inside: true, drawn: []item.Hash{right, wrong}}, 1<<20)
	if f.ID != right || !slices.Equal(f.Record, it.Canonical) {
		t.Errorf("page that somebody cites wrongly: %+v", f)
	}
	f = fetchOne(t, v, &page{uri: uri, inside: true, drawn: []item.Hash{wrong}}, len(it.Canonical)-1)
	if f.ID != right || f.Record != nil {
		t.Errorf("page beyond what is kept: %+v", f)
	}
	// A page under one more address is found under the address that it states, so
	// that an item which cites the other one is not what was found.
	moved := uri + "?page=2"
	site.pages[moved] = site.note(1)
	if f = fetchOne(t, v, &page{uri: moved, inside: true}, 1<<20); f.ID != right || f.Address != uri {
		t.Errorf("page under another name: %+v", f)
	}
	site.asked = nil
	f = fetchOne(t, v, &page{uri: "http://169.254.169.254/latest/meta-data", drawn: []item.Hash{wrong}}, 1<<20)
	if f.Status != evidence.FetchBarred || f.Code != codeOutside || len(site.asked) != 0 {
		t.Errorf("host outside of the programs: %+v, fetched %v", f, site.asked)
	}
	site.gone[uri] = true
	if f = fetchOne(t, v, &page{uri: uri, inside: true}, 1<<20); f.Status != evidence.FetchGone || !f.ID.IsZero() {
		t.Errorf("page that is gone: %+v", f)
	}
	bad := site.note(2)
	bad.Body = "\xff"
	site.pages[bad.URI] = bad
	if f = fetchOne(t, v, &page{uri: bad.URI, inside: true}, 1<<20); f.Status != evidence.FetchFailed || f.Code != codeRecord {
		t.Errorf("page that is no record: %+v", f)
	}
}

// Each page is fetched once for all miners, and those that failed are fetched
// again in the next round.
func TestReferenceOncePerPage(t *testing.T) {
	w := newWorld(t, "a", "twin")
	w.order[1].next = 0 // the twin collects the same notes
	w.order[1].trees, w.order[1].roots = nil, nil
	w.order[1].collect(20)
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	failing := ""
	w.site.fail = func(uri string) error {
		if failing == "" {
			failing = uri
		}
		if uri == failing {
			return &source.Error{URL: uri, Status: source.Unavailable, Reason: source.ReasonServer}
		}
		return nil
	}
	for range 3 {
		w.site.asked = nil
		if err := w.rounds(v, 1); err != nil {
			t.Fatal(err)
		}
		slices.Sort(w.site.asked)
		if once := slices.Compact(slices.Clone(w.site.asked)); len(once) != len(w.site.asked) {
			t.Errorf("fetched twice in one round: %v", w.site.asked)
		}
	}
	if failing == "" || !slices.Contains(w.site.asked, failing) {
		t.Errorf("%q was not fetched again among %v", failing, w.site.asked)
	}
	mustReplay(t, j.entries)
}

// When the budget ends, what is left is recorded as our own failure.
func TestReferenceBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a")
		w.cfg.FetchAtOnce = 1
		j := &memory{}
		v, err := w.open(j)
		if err != nil {
			t.Fatal(err)
		}
		v.fetcher = hanging{}
		if err := w.rounds(v, 2); err != nil {
			t.Fatal(err)
		}
		fetches := bodies[*evidence.Reference](j.entries)[1].Fetches
		if len(fetches) < 2 {
			t.Fatalf("fetches %+v", fetches)
		}
		for _, f := range fetches {
			if f.Status != evidence.FetchFailed || f.Code != codeBudget {
				t.Errorf("fetch %+v", f)
			}
		}
		mustReplay(t, j.entries)
	})
}

// hanging is a source that never answers.
type hanging struct{}

func (hanging) Record(ctx context.Context, uri string) (source.Record, source.Page, error) {
	<-ctx.Done()
	return source.Record{}, source.Page{}, &source.Error{URL: uri, Status: source.Unavailable, Reason: source.ReasonCancelled}
}

func TestPlausibleFetch(t *testing.T) {
	it, err := newSite(1).note(0).Item()
	if err != nil {
		t.Fatal(err)
	}
	good := evidence.Fetch{URI: it.URI, Status: evidence.FetchFound, ID: it.ID(), Record: it.Canonical}
	p := &page{uri: it.URI, inside: true, drawn: []item.Hash{item.Sum("other")}}
	if err := p.plausible(&good); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*evidence.Fetch){
		"unknown status": func(f *evidence.Fetch) { f.Status = 9 },
		"host":           func(f *evidence.Fetch) { f.Status, f.Code = evidence.FetchBarred, codeOutside },
		"content id":     func(f *evidence.Fetch) { f.ID = item.Hash{} },
		"says something": func(f *evidence.Fetch) { f.Status, f.ID = evidence.FetchGone, item.Hash{} },
		"record is not":  func(f *evidence.Fetch) { f.Record = []byte("x") },
	} {
		f := good
		change(&f)
		if err := p.plausible(&f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
