package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/andybalholm/cascadia"
)

// Defaults of CrawlConfig.
const (
	DefaultLinkSelector = "a[href]"
	DefaultBudget       = 500
)

// CrawlConfig says where a crawler looks and what it keeps.
type CrawlConfig struct {
	Feeds        []string // Atom or RSS, asked first in each pass
	Lists        []string // first pages of lists, walked by rel=next
	LinkSelector string   // CSS selector of the links on a list page; empty is a[href]
	AllowHosts   []string // hosts, with port as in URLs, whose pages are fetched; empty: those of Feeds and Lists
	Labels       []string // labels to keep; empty is all
	Budget       int      // requests for pages, lists and feeds in one pass; 0 is the default
}

// Crawler collects the pages that feeds and lists point to.
type Crawler struct {
	client *Client
	cfg    CrawlConfig
}

// NewCrawler checks the configuration: absolute addresses, a valid selector, at most 64 lists.
func NewCrawler(client *Client, cfg CrawlConfig) (*Crawler, error) {
	if cfg.LinkSelector == "" {
		cfg.LinkSelector = DefaultLinkSelector
	}
	if _, err := cascadia.ParseGroup(cfg.LinkSelector); err != nil {
		return nil, fmt.Errorf("configure crawler: link selector %q: %w", cfg.LinkSelector, err)
	}
	if cfg.Budget <= 0 {
		cfg.Budget = DefaultBudget
	}
	roots := slices.Concat(cfg.Feeds, cfg.Lists)
	if len(roots) == 0 || len(cfg.Lists) > maxLists {
		return nil, fmt.Errorf("configure crawler: want at least one feed or list and at most %d lists", maxLists)
	}
	own := len(cfg.AllowHosts) == 0
	for _, root := range roots {
		if err := checkURI(root); err != nil {
			return nil, fmt.Errorf("configure crawler: %q: %w", root, err)
		}
		if u, err := url.Parse(root); own && err == nil && !slices.Contains(cfg.AllowHosts, u.Host) {
			cfg.AllowHosts = append(cfg.AllowHosts, u.Host)
		}
	}
	return &Crawler{client, cfg}, nil
}

// maxStreak ends a pass: after so many failures in a row the source is down.
const maxStreak = 8

// errEnough ends a pass that has used up its requests, or whose source fails
// page after page; the cursor tells where to go on.
var errEnough = errors.New("pass has done enough")

// pass is one call of Collect.
type pass struct {
	*Crawler
	state  *crawlState
	emit   func(Record) error
	budget int
	streak int   // pages that failed in passing, one after the other
	roots  int   // feeds and lists that answered
	failed error // the first that did not
}

// Collect makes one pass: pages that failed before, then feeds, then lists
// from where the last pass stopped. Each record is emitted as soon as it is fetched, and a page that was emitted, is gone
// or is not ours to read is not asked for again as long as the cursor remembers it.
//
// The returned cursor is valid also beside an error: it holds what was done
// until then. A record whose emit failed counts as not done. Errors are those of the context and of emit, a
// cursor that cannot be read, and a pass in which no feed and no list answered.
func (c *Crawler) Collect(ctx context.Context, cursor []byte, emit func(Record) error) ([]byte, error) {
	state, err := decodeCrawl(cursor)
	if err != nil {
		return cursor, err
	}
	p := &pass{Crawler: c, state: state, emit: emit, budget: c.cfg.Budget}
	err = p.run(ctx)
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && p.roots == 0 && p.failed != nil {
		err = fmt.Errorf("collect: no feed or list answered: %w", p.failed)
	}
	return p.state.encode(), err
}

func (p *pass) run(ctx context.Context) error {
	p.matchLists()
	if err := p.retry(ctx); err != nil {
		return err
	}
	for _, feed := range p.cfg.Feeds {
		if err := p.feed(ctx, feed); err != nil {
			return err
		}
	}
	for i := range p.state.lists {
		if err := p.list(ctx, &p.state.lists[i]); err != nil {
			return err
		}
	}
	return nil
}

// matchLists keeps the progress of lists that are still configured and starts the others.
func (p *pass) matchLists() {
	lists := make([]listState, 0, len(p.cfg.Lists))
	for _, root := range p.cfg.Lists {
		l := listState{root: root}
		if i := slices.IndexFunc(p.state.lists, func(o listState) bool { return o.root == root }); i >= 0 {
			l = p.state.lists[i]
		}
		lists = append(lists, l)
	}
	p.state.lists = lists
}

// spend counts a request, or ends the pass.
func (p *pass) spend(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.budget == 0 {
		return errEnough
	}
	p.budget--
	return nil
}

func (p *pass) hostAllowed(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && slices.Contains(p.cfg.AllowHosts, u.Host)
}
