package source

import (
	"fmt"

	"github.com/assaynet/assay/item"
)

// Item is the record as an item. A miner that collects a page and a validator
// that fetches it again both go through here, so equal pages give equal content
// ids.
func (r Record) Item() (*item.Item, error) {
	canonical, err := item.Record{Author: r.Author, Title: r.Title, Body: r.Body, Time: r.Time.Unix()}.Canonical()
	if err != nil {
		return nil, fmt.Errorf("canonical record of %s: %w", r.URI, err)
	}
	uri, err := item.CanonicalURI(r.URI)
	if err != nil {
		return nil, fmt.Errorf("canonical URI of %s: %w", r.URI, err)
	}
	return &item.Item{Kind: item.KindRecord, URI: uri, Canonical: canonical, Label: r.Label, Licence: r.Licence}, nil
}
