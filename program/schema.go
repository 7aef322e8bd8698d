package program

import (
	"unicode/utf8"

	"github.com/assaynet/assay/item"
)

// Misfit says which bound of a schema a record breaks.
type Misfit string

// The misfits; the empty one is none.
const (
	MisfitTitle  Misfit = "title"
	MisfitBody   Misfit = "body"
	MisfitAuthor Misfit = "author"
)

// Misfit is the first bound that a record breaks. Miners refuse such a record and
// validators flag it, by this one rule. Lengths are in characters.
func (s Schema) Misfit(r item.Record) Misfit {
	body := utf8.RuneCountInString(r.Body)
	switch {
	case utf8.RuneCountInString(r.Title) > s.TitleMax:
		return MisfitTitle
	case body < s.BodyMin || body > s.BodyMax:
		return MisfitBody
	case s.Author && r.Author == "":
		return MisfitAuthor
	}
	return ""
}
