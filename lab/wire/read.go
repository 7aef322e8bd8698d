package wire

import (
	"fmt"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// read makes the result of a run from the validator's record.
func (n *subnet) read(a attack, opt Options) Result {
	r := Result{
		Name: a.name, Of: a.of, Undefended: opt.Undefended, Fetches: map[string]int{}, Entries: n.record.entries,
		Hits: n.site.hits.Load(), Reached: n.reached.requests.Load(),
	}
	if r.Of == "" {
		r.Of = a.name
	}
	if s := n.cast.socket; s != nil {
		r.Sent = s.Sent.Load()
	}
	if s := n.cast.strangers; s != nil {
		r.Tried = uint64(s.Requests)
	}
	own := n.ownPages()
	calls := map[verdict]int{}
	state := scoring.New()
	for _, e := range n.record.entries {
		_ = state.Fold(e) // the validator has folded it
		switch b := e.Body.(type) {
		case *evidence.Exchange:
			n.readCalls(&r, a, b, calls)
		case *evidence.Reference:
			for _, f := range b.Fetches {
				if own[f.URI] {
					r.Fetches[fetched(f)]++
				}
			}
		case *evidence.Intent:
			n.readVote(&r, b)
		case *evidence.Closed:
			r.Rounds++
		}
	}
	r.settle(calls)
	for _, s := range state.Scores() {
		if s.Hotkey == labKey("adversary").Hotkey() {
			r.Flags = s.Flags
		}
	}
	return r
}

// verdict is what is recorded of a call.
type verdict struct {
	outcome evidence.Outcome
	reason  protocol.Reason
}

// ownPages are the addresses that the adversary alone cites.
func (n *subnet) ownPages() map[string]bool {
	own := map[string]bool{}
	for _, act := range n.actors {
		for i := act.from; i < act.next; i++ {
			if uri := act.cites(i); uri != n.site.page(i) {
				own[uri] = true
			}
		}
	}
	return own
}

// readCalls takes a conversation.
func (n *subnet) readCalls(r *Result, a attack, x *evidence.Exchange, calls map[verdict]int) {
	victim := n.cast.strangers != nil && x.Miner == n.actors[0].key.Hotkey()
	adversary := x.Miner == labKey("adversary").Hotkey()
	for i := range x.Calls {
		c := &x.Calls[i]
		if !adversary && c.Outcome != evidence.Answered {
			r.Disturbed++
		}
		if adversary {
			r.Recorded += uint64(len(c.Answer))
			r.Slowest = max(r.Slowest, c.Millis)
		}
		if victim || adversary && x.Round > 1 && a.attacks(c) {
			calls[verdict{c.Outcome, c.Reason}]++
		}
	}
}

// attacks reports whether a call is one that the attack is made on.
func (a attack) attacks(c *evidence.Call) bool {
	_, asked, err := c.Asked()
	if err != nil || c.Kind() != a.kind {
		return false
	}
	items, ok := asked.(*protocol.ItemsRequest)
	return !ok || len(items.Parts) > 0
}

func (r *Result) settle(calls map[verdict]int) {
	most := 0
	for v, n := range calls {
		if n > most {
			most, r.Outcome, r.Reason = n, v.outcome, v.reason
		}
	}
	r.Steady = len(calls) == 1
	if len(r.HonestPay) > 0 && r.HonestPay[0] > 0 {
		r.Ratio = r.Pay / r.HonestPay[0]
	}
}

// readVote adds the shares of a vote. Uids follow the order of the actors, after the
// validator's own.
func (n *subnet) readVote(r *Result, v *evidence.Intent) {
	sum := 0.0
	for _, w := range v.Weights {
		sum += float64(w)
	}
	if r.HonestPay == nil {
		r.HonestPay = make([]float64, 2)
	}
	for i, uid := range v.UIDs {
		share := float64(v.Weights[i]) / max(sum, 1)
		switch at := int(uid) - 1; {
		case at >= 0 && at < len(r.HonestPay):
			r.HonestPay[at] += share
		case at == len(r.HonestPay):
			r.Pay += share
		}
	}
}

// fetched is the status of a fetch, with its code where no page was found.
func fetched(f evidence.Fetch) string {
	switch f.Status {
	case evidence.FetchFound:
		return "found"
	case evidence.FetchGone:
		return "gone"
	case evidence.FetchBarred:
		return fmt.Sprintf("barred (%s)", f.Code)
	case evidence.FetchRefused:
		return fmt.Sprintf("refused (%s)", f.Code)
	}
	return fmt.Sprintf("failed (%s)", f.Code)
}
