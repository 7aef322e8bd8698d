package validator

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

// Fetcher reads a page as a record; *source.Client is one, and guards the address.
type Fetcher interface {
	Record(ctx context.Context, rawURL string) (source.Record, source.Page, error)
}

// keptRecords bounds the bytes of the records that one Reference keeps. Beyond it
// only the content ids remain, which is all that a score needs.
const keptRecords = 4 << 20

// Codes of a Fetch that are the validator's own; the others are source.Reason.
const (
	codeOutside = "outside"     // the host is not one that a program names
	codeBudget  = "budget"      // the round's time for fetching ended first
	codeFailed  = "failed"      // no page, and no reason was given
	codeRecord  = "not_an_item" // the page reads as a record that no item can hold
)

// page is one page of a round's reference.
type page struct {
	uri     string
	control bool
	inside  bool        // its host is one of the programs'
	drawn   []item.Hash // content ids that miners committed to under this URI
}

// confirms reports whether every miner that cites the page committed to what was
// found, so that the record stands in their exchange already.
func (p *page) confirms(id item.Hash) bool {
	return !slices.ContainsFunc(p.drawn, func(d item.Hash) bool { return d != id })
}

// pagesOf are the pages of a round in the order of their URIs, each once for all
// miners: of every item drawn, those that failed before, and the controls.
func pagesOf(plan Plan, drawn [][]evidence.DrawnPart) []*page {
	pages := map[string]*page{}
	at := func(uri string) *page {
		p := pages[uri]
		if p == nil {
			p = &page{uri: uri, inside: slices.Contains(plan.Hosts, program.Host(uri))}
			pages[uri] = p
		}
		return p
	}
	for _, parts := range drawn {
		for _, part := range parts {
			for _, d := range part.Drawn {
				if d.Draw.Mode == protocol.DrawBucket {
					continue // an answer stands on no page
				}
				p := at(d.Item.URI)
				p.drawn = append(p.drawn, d.Item.ID())
			}
		}
	}
	for _, uri := range plan.Refetch {
		at(uri)
	}
	for _, uri := range plan.Controls {
		at(uri).control = true
	}
	out := slices.Collect(maps.Values(pages))
	slices.SortFunc(out, func(a, b *page) int {
		return cmp.Or(cmp.Compare(len(a.uri), len(b.uri)), strings.Compare(a.uri, b.uri))
	})
	total := 0
	for i, p := range out {
		if total += len(p.uri); total > keptAddresses {
			out = out[:i] // the longest addresses wait for a later round
			break
		}
	}
	slices.SortFunc(out, func(a, b *page) int { return strings.Compare(a.uri, b.uri) })
	return out
}

// keptAddresses bounds the bytes of the addresses that one Reference names.
const keptAddresses = 4 << 20

// fetch builds a round's reference. Pages are fetched in random order, so that
// what the budget cuts off is nobody's choice.
func (v *Validator) fetch(ctx context.Context, r *round) *evidence.Reference {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.FetchBudget)
	defer cancel()
	drawn := make([][]evidence.DrawnPart, len(r.talks))
	for i, t := range r.talks {
		drawn[i] = t.drawn
	}
	pages := pagesOf(r.plan, drawn)
	ref := &evidence.Reference{Round: r.opened.Round, Fetches: make([]evidence.Fetch, len(pages))}
	order := make([]int, len(pages))
	for i := range order {
		order[i] = i
	}
	keep := allowance{left: keptRecords}
	var group errgroup.Group
	group.SetLimit(v.cfg.FetchAtOnce)
	for _, i := range choose(newStream(r.seed, purposeFetch, nil), order, len(order)) {
		group.Go(func() error {
			ref.Fetches[i] = v.fetchPage(ctx, pages[i], &keep)
			v.metrics.fetched(ref.Fetches[i].Status)
			return nil
		})
	}
	_ = group.Wait() // no function above fails
	return ref
}

func (v *Validator) fetchPage(ctx context.Context, p *page, keep *allowance) evidence.Fetch {
	f := evidence.Fetch{URI: p.uri, Control: p.control, Status: evidence.FetchFailed}
	switch {
	case !p.inside && !v.leave[protocol.CheckHost]:
		f.Status, f.Code = evidence.FetchBarred, codeOutside
		return f
	case ctx.Err() != nil:
		f.Code = codeBudget
		return f
	}
	rec, _, err := v.fetcher.Record(ctx, p.uri)
	if err != nil {
		f.Status, f.Code = fetchStatus(ctx, err)
		return f
	}
	found, err := rec.Item()
	if err != nil {
		f.Code = codeRecord
		return f
	}
	if found.URI != p.uri {
		f.Address = found.URI
	}
	f.Status, f.Code, f.ID, f.Label = evidence.FetchFound, string(source.ReasonOK), found.ID(), found.Label
	if !p.confirms(f.ID) && keep.take(len(found.Canonical)) {
		f.Record = found.Canonical
	}
	return f
}

// fetchStatus classes a failed fetch. Only Gone speaks about the page; what is not
// known to be its source's doing counts as failed, which decides nothing.
func fetchStatus(ctx context.Context, err error) (evidence.FetchStatus, string) {
	var e *source.Error
	switch {
	case ctx.Err() != nil:
		return evidence.FetchFailed, codeBudget
	case !errors.As(err, &e):
		return evidence.FetchFailed, codeFailed
	}
	switch e.Status {
	case source.Gone:
		return evidence.FetchGone, string(e.Reason)
	case source.Barred:
		return evidence.FetchBarred, string(e.Reason)
	case source.Refused:
		return evidence.FetchRefused, string(e.Reason)
	}
	return evidence.FetchFailed, string(e.Reason)
}

// allowance is a number of bytes that several may take from.
type allowance struct {
	mu   sync.Mutex
	left int
}

func (a *allowance) take(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > a.left {
		return false
	}
	a.left -= n
	return true
}
