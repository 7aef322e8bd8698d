package validator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

// droughtRounds is how many closed rounds on end may have draws of which none
// could be decided, before that is the operator's business.
const droughtRounds = 3

// drought is a run of rounds in which miners opened what was drawn and this
// validator could not see one page of it. Then nobody's standing moves.
type drought struct {
	rounds int
	codes  map[fetchCode]int // of the run
	page   map[fetchCode]string
}

// fetchCode is why a page was not seen.
type fetchCode struct {
	status evidence.FetchStatus
	code   string
}

// see takes in a closed round.
func (d *drought) see(r *round, ref *evidence.Reference) {
	drawn := map[string]bool{}
	for _, t := range r.talks {
		for _, part := range t.drawn {
			for _, x := range part.Drawn {
				if x.Draw.Mode == protocol.DrawBucket {
					continue
				}
				drawn[x.Item.URI] = true
			}
		}
	}
	if len(drawn) == 0 {
		return // nothing to decide: neither better nor worse
	}
	if d.rounds == 0 {
		d.codes, d.page = map[fetchCode]int{}, map[fetchCode]string{}
	}
	for _, f := range ref.Fetches {
		if !drawn[f.URI] {
			continue
		}
		if f.Status == evidence.FetchFound || f.Status == evidence.FetchGone {
			*d = drought{}
			return
		}
		c := fetchCode{f.Status, f.Code}
		d.codes[c]++
		d.page[c] = f.URI
	}
	d.rounds++
}

// trouble is what to tell the operator: the commonest reason and its cure.
func (d *drought) trouble() string {
	if d.rounds < droughtRounds || len(d.codes) == 0 {
		return ""
	}
	total := 0
	for _, n := range d.codes {
		total += n
	}
	worst := slices.MaxFunc(slices.Collect(maps.Keys(d.codes)), func(a, b fetchCode) int {
		return cmp.Or(cmp.Compare(d.codes[a], d.codes[b]), cmp.Compare(a.code, b.code))
	})
	return fmt.Sprintf("none of the pages drawn in the last %d rounds could be seen: %d of %d fetches were %s (%s), such as %s; %s",
		d.rounds, d.codes[worst], total, statusName(worst.status), worst.code, d.page[worst], cure(worst.code))
}

// cure is what an operator can do about the code of a fetch.
func cure(code string) string {
	switch source.Reason(code) {
	case codeOutside:
		return "miners serve pages of hosts that the programs do not name: hold the same program files (--program) as the subnet"
	case codeBudget:
		return "the time for fetching ends first: raise --fetch.budget or --fetch.rate"
	case source.ReasonAddress, source.ReasonPort:
		return "the address is not on the public internet: if it is yours, allow it with --fetch.allow IP:PORT"
	case source.ReasonRobots, source.ReasonDenied:
		return "the site keeps this validator out: ask its owner, or agree on another program with the subnet"
	case source.ReasonRateLimited:
		return "the site limits how often it is asked: lower --fetch.rate"
	case source.ReasonConnect, source.ReasonTimeout, source.ReasonServer, source.ReasonTruncated, source.ReasonRobotsFailed, source.ReasonCancelled:
		return "see that this machine reaches the site: its name service, network and firewall"
	}
	return "see what the site answers, and that the program is meant for it"
}

// troubled tells of a drought when it has become one, and when it ends.
func (v *Validator) troubled(r *round, ref *evidence.Reference) {
	v.drought.see(r, ref)
	now := v.drought.trouble()
	var before string
	v.note(func(s *Status) { before, s.Trouble = s.Trouble, now })
	switch {
	case now != "" && before == "":
		v.log.Warn("rounds decide nothing", "why", now)
	case now == "" && before != "":
		v.log.Info("rounds decide again")
	}
}
