package simulate

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Noise is what is wrong with a source and with the way to it.
type Noise struct {
	// Gone is the chance that a fetch of a page that is there finds it gone: η. Failed is
	// the chance that a fetch fails and decides nothing.
	Gone   float64 `yaml:"gone"`
	Failed float64 `yaml:"failed"`
	// Vanish is the chance that a page vanishes for good in a day.
	Vanish float64 `yaml:"vanish"`
}

// pages is the source: each page is a pure function of its number, so that none has to
// be kept.
type pages struct {
	seed    uint64
	base    string // scheme and host of the addresses
	program *program.Program
	noise   Noise
	bytes   [2]int // of a body, least and most
	// What labellers are asked about: see Labels.
	classes        []float64
	repeats, known float64
	// everySpelling is a source that shows a page under every spelling of its address.
	everySpelling bool
}

// The ranges of page numbers. Only the first and the last two have pages; what stands under
// the others was never there, may not be fetched, or never answers. Those of the last two
// are older than any program pays for.
const (
	pageReal   = uint64(0)
	pageFaked  = uint64(1) << 60
	pageBarred = uint64(2) << 60
	pageDead   = uint64(3) << 60
	pageOld    = uint64(4) << 60
	pageLong   = uint64(5) << 60 // old likewise, and long
	pageKind   = uint64(15) << 60
)

// longShare is the length of a long page's text, of the most that the program takes.
const longShare = 4

// post is a page as a miner holds it.
type post struct {
	number uint64
	time   int64
	label  uint8 // of the program's labels
	// cut is a part of the text that a careless scraper lost: then the content is not the
	// page's.
	cut bool
	// bytes of the text; 0 is as the page's number says.
	bytes int
}

func (p *pages) address(number uint64) string {
	return string(strconv.AppendUint(append(append(make([]byte, 0, 80), p.base...), "/p/"...), number, 16))
}

// numberOf is the page that an address leads to. The source takes parameters, capitals and
// other views of a page: plain is false where it spells the address otherwise itself.
func (p *pages) numberOf(uri string) (number uint64, plain, ok bool) {
	rest, found := strings.CutPrefix(uri, p.base)
	if !found {
		return 0, false, false
	}
	path, _, _ := strings.Cut(rest, "?")
	_, digits, found := strings.Cut(path, "/p/")
	if !found {
		return 0, false, false
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, uri == p.address(number), err == nil
}

// item is a post as an item. The text is drawn from the page's number.
func (p *pages) item(q post) *item.Item {
	number := p.original(q.number)
	r := rand.New(rand.NewPCG(p.seed, number))
	n := p.bytes[0] + r.IntN(p.bytes[1]-p.bytes[0]+1)
	if q.bytes > 0 {
		n = min(q.bytes, p.program.Schema.BodyMax-16)
	}
	var body strings.Builder
	for body.Grow(n + 16); body.Len() < n; {
		body.WriteString(words[r.IntN(len(words))])
		body.WriteByte(' ')
	}
	text := strings.TrimSpace(body.String())
	if q.cut {
		text = strings.TrimSpace(text[:len(text)/2])
	}
	record := item.Record{
		Author: words[r.IntN(len(words))] + " " + words[r.IntN(len(words))],
		Title:  words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + strconv.FormatUint(number&^pageKind, 10),
		Body:   text, Time: q.time,
	}
	content, err := record.Canonical()
	if err != nil {
		panic(fmt.Sprintf("simulate: a page of the source has no canonical form: %v", err)) // it is made of plain words
	}
	return &item.Item{
		Kind: item.KindRecord, URI: p.address(q.number), Canonical: content, Label: p.program.Labels[q.label], Licence: p.program.Licence,
	}
}

// made are the items of pages that were made in a round, with their content ids: what is
// drawn is looked up soon after, and to make it takes longer than all else with it.
type made map[post]madeItem

type madeItem struct {
	item *item.Item
	id   item.Hash
}

// find is the item of a post, made if it was not.
func (d made) find(p *pages, q post) madeItem {
	x, ok := d[q]
	if !ok {
		x.item = p.item(q)
		x.id = x.item.ID()
		d[q] = x
	}
	return x
}

// fetch is what a validator finds under an address at a time. issued knows the page as it
// was issued.
func (p *pages) fetch(by protocol.Hotkey, round uint64, uri string, now int64, issued func(number uint64) (post, bool), done made) evidence.Fetch {
	f := evidence.Fetch{URI: uri, Status: evidence.FetchGone}
	number, plain, ok := p.numberOf(uri)
	if !ok {
		return f
	}
	switch number & pageKind {
	case pageBarred:
		f.Status = evidence.FetchBarred
		return f
	case pageDead:
		f.Status = evidence.FetchFailed
		return f
	}
	q, there := issued(number)
	u := p.chance("fetch", by[:], round, number)
	switch {
	case u < p.noise.Failed:
		f.Status = evidence.FetchFailed
		return f
	case !there, u < p.noise.Failed+p.noise.Gone, p.vanished(q, now):
		return f
	}
	x := done.find(p, q)
	f.Status, f.ID, f.Label = evidence.FetchFound, x.id, x.item.Label
	switch {
	case p.everySpelling && !plain:
		it := *x.item
		it.URI = uri
		f.ID = it.ID()
	case !plain:
		f.Address = x.item.URI
	}
	return f
}

// vanished reports whether a page is gone for good by now.
func (p *pages) vanished(q post, now int64) bool {
	if p.noise.Vanish == 0 {
		return false
	}
	days := float64(now-q.time) / 86400
	return p.chance("vanish", nil, 0, q.number) < 1-pow(1-p.noise.Vanish, days)
}

// chance is uniform in [0, 1) and follows from its arguments.
func (p *pages) chance(what string, who []byte, round, number uint64) float64 {
	sum := item.Sum("assay/simulate/"+what, who, binary.BigEndian.AppendUint64(nil, p.seed), binary.BigEndian.AppendUint64(nil, round), binary.BigEndian.AppendUint64(nil, number))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}
