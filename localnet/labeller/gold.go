package labeller

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/source"
)

// Gold writes the truths that a validator of the demo is given: a CSV with the header
// id,truth and a line for each of a share of the posts, drawn by the seed, ascending by
// id. An id is the content id of the item that a validator reads from the post's page;
// base is the site's address, http://host:port, which is part of it. Posts that are
// still to appear are among them.
func Gold(w io.Writer, s *site.Site, base string, seed uint64, share float64) error {
	if !(share >= 0 && share <= 1) {
		return fmt.Errorf("gold: a share of %v, want 0 to 1", share)
	}
	ids := s.IDs()
	draw := func(id string) float64 { return fraction(seed, "gold", []byte(id)) }
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(draw(a), draw(b)), cmp.Compare(a, b)) })
	ids = ids[:int(math.Round(share*float64(len(ids))))]
	rows := make([][]string, len(ids))
	for i, id := range ids {
		content, err := contentID(s, base, id)
		if err != nil {
			return fmt.Errorf("gold: %w", err)
		}
		rows[i] = []string{content.String(), s.Truth(id)}
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	out := csv.NewWriter(w)
	if err := out.WriteAll(append([][]string{{"id", "truth"}}, rows...)); err != nil {
		return fmt.Errorf("write gold: %w", err)
	}
	return nil
}

// contentID is the content id of a post, found as a validator finds it but without
// asking the site, which would count it as a fetch.
func contentID(s *site.Site, base, id string) (item.Hash, error) {
	address, err := url.Parse(base + "/p/" + id)
	if err != nil {
		return item.Hash{}, fmt.Errorf("address of a post: %w", err)
	}
	page, err := s.Page(base, id)
	if err != nil {
		return item.Hash{}, err
	}
	record, err := source.Extract(address, page, "text/html; charset=utf-8")
	if err != nil {
		return item.Hash{}, err
	}
	it, err := record.Item()
	if err != nil {
		return item.Hash{}, err
	}
	return it.ID(), nil
}
