package source

import (
	"context"
	"errors"
	"net/url"
	"slices"
)

// retry asks again for pages that failed in earlier passes.
func (p *pass) retry(ctx context.Context) error {
	for _, old := range slices.Clone(p.state.pending) {
		if err := p.page(ctx, old.url); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) feed(ctx context.Context, root string) error {
	page, base, err := p.root(ctx, root)
	if err != nil || base == nil {
		return err
	}
	links, err := FeedLinks(base, page.Body)
	if err != nil {
		p.rootFailed(err)
		return nil
	}
	p.roots++
	for _, l := range links {
		if err := p.fresh(ctx, l.URL); err != nil {
			return err
		}
	}
	return nil
}

// list walks a list page by page. Until its end was reached once, the walk goes on
// where it stopped; afterwards each pass starts at the top and ends at the first page without news.
func (p *pass) list(ctx context.Context, l *listState) error {
	for walked := map[string]bool{}; ; {
		at := l.resume
		if at == "" {
			at = l.root
		}
		if walked[at] { // rel=next leads in a circle
			l.resume, l.whole = "", true
			return nil
		}
		walked[at] = true
		page, base, err := p.root(ctx, at)
		if err != nil {
			return err
		}
		if base == nil {
			if page.Status.Final() {
				l.resume = "" // the page we stopped at is no more: start again
			}
			return nil
		}
		links, next, err := PageLinks(base, page.Body, page.Type, p.cfg.LinkSelector)
		if err != nil {
			p.rootFailed(err)
			l.resume = ""
			return nil
		}
		p.roots++
		news := false
		for _, u := range links {
			news = news || !p.state.has(u)
			if err := p.fresh(ctx, u); err != nil {
				return err
			}
		}
		if next == "" || !p.hostAllowed(next) {
			l.resume, l.whole = "", true
			return nil
		}
		if l.whole && !news {
			l.resume = ""
			return nil
		}
		l.resume = next
	}
}

// root fetches a feed or list page; a nil base means that it did not answer.
func (p *pass) root(ctx context.Context, raw string) (Page, *url.URL, error) {
	if err := p.spend(ctx); err != nil {
		return Page{}, nil, err
	}
	page, err := p.client.Fetch(ctx, raw)
	if err != nil {
		p.rootFailed(err)
		return page, nil, ctx.Err()
	}
	base, err := url.Parse(page.URL)
	if err != nil {
		p.rootFailed(err)
		return page, nil, nil
	}
	return page, base, nil
}

func (p *pass) rootFailed(err error) {
	if p.failed == nil {
		p.failed = err
	}
}

// fresh fetches a page unless it is done or waits for its retry.
func (p *pass) fresh(ctx context.Context, raw string) error {
	waits := slices.ContainsFunc(p.state.pending, func(o pendingPage) bool { return o.url == raw })
	if waits || p.state.has(raw) || !p.hostAllowed(raw) {
		return nil
	}
	return p.page(ctx, raw)
}

// page fetches one page, emits its record and notes what became of it.
func (p *pass) page(ctx context.Context, raw string) error {
	if err := p.spend(ctx); err != nil {
		return err
	}
	rec, page, err := p.client.Record(ctx, raw)
	if err != nil {
		if cancelled := ctx.Err(); cancelled != nil {
			return cancelled // says nothing about the page
		}
		var e *Error
		if errors.As(err, &e) && !page.Status.Final() {
			return p.wait(raw)
		}
		p.done(raw)
		return nil
	}
	p.streak = 0
	if !p.hostAllowed(rec.URI) { // led elsewhere by a redirect
		p.done(raw)
		return nil
	}
	known := rec.URI != raw && p.state.has(rec.URI) // the same page under another address
	if !known && p.wanted(rec) {
		if err := p.emit(rec); err != nil {
			return err
		}
	}
	p.done(raw)
	p.state.add(rec.URI)
	return nil
}

func (p *pass) wanted(r Record) bool {
	return len(p.cfg.Labels) == 0 || slices.Contains(p.cfg.Labels, r.Label)
}

func (p *pass) done(raw string) {
	p.state.add(raw)
	p.state.pending = slices.DeleteFunc(p.state.pending, func(o pendingPage) bool { return o.url == raw })
}

// wait keeps a page for the next pass, a bounded number of times. Without room
// to keep it the pass ends, so that the walk does not go past it.
func (p *pass) wait(raw string) error {
	i := slices.IndexFunc(p.state.pending, func(o pendingPage) bool { return o.url == raw })
	switch {
	case i < 0 && len(p.state.pending) == maxPending:
		return errEnough
	case i < 0:
		p.state.pending = append(p.state.pending, pendingPage{raw, 1})
	case p.state.pending[i].tries < maxAttempts:
		p.state.pending[i].tries++
	default:
		p.done(raw) // given up
	}
	if p.streak++; p.streak >= maxStreak {
		return errEnough
	}
	return nil
}
