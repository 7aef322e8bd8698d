package miner

import (
	"errors"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// FuzzHandle sends bytes, as they are and as the signed body of each kind of
// request. Whatever comes, the answer is bounded and well signed, or a failure
// with a reason.
func FuzzHandle(f *testing.F) {
	w := openWorkshop(f, config(f), nil)
	f.Cleanup(w.close)
	w.take(records(0, 50)...)
	root := w.root()
	w.at(50)
	for _, m := range []any{
		&protocol.RootRequest{}, &protocol.RootRequest{Head: protocol.Anchor{Seq: 1, Hash: item.Sum("h")}},
		&protocol.ItemsRequest{Receipt: receipt(f, "v1", root, 5, 50), Parts: []protocol.Part{{Seq: 1, Draws: draws(3)}}},
		&protocol.ItemsRequest{Parts: []protocol.Part{{Seq: 1, Draws: []protocol.Draw{protocol.BucketDraw(w.programs[1].AssignmentBucket(item.Sum("a")))}}}},
		&protocol.ClaimsRequest{Asks: []protocol.ClaimAsk{{Key: w.keyOf(3), NotAfter: 60}}},
		&protocol.TasksRequest{Program: "spam"}, dueIn(handOut(f), 9),
		&protocol.TasksRequest{Program: "junk", Due: 9, Marks: []protocol.Mark{{Task: item.Sum("t"), Truth: "ham"}}},
	} {
		b, err := protocol.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	whole, _ := request(f, "v1", protocol.KindRootRequest, 5, &protocol.RootRequest{})
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		w.seen = newSeen()
		if answer, err := w.send(b); err != nil {
			var failure *protocol.Failure
			if answer != nil || !errors.As(err, &failure) {
				t.Errorf("%d bytes and error %v", len(answer), err)
			}
		}
		for _, kind := range []protocol.Kind{protocol.KindRootRequest, protocol.KindItemsRequest, protocol.KindClaimsRequest, protocol.KindTasksRequest} {
			e := protocol.Envelope{Version: protocol.Version, Kind: kind, From: key("v1").Hotkey(), To: w.self, Round: 5, Body: b}
			var err error
			if e.Signature, err = key("v1").Sign(e.Digest()); err != nil {
				t.Fatal(err)
			}
			raw, err := protocol.Encode(&e)
			if err != nil || len(raw) > protocol.MaxRequestBytes {
				continue
			}
			answer, err := w.send(raw)
			if err != nil {
				t.Fatalf("a signed %s was not answered: %v", kind, err)
			}
			asked := protocol.Asked{From: e.From, To: e.To, Kind: kind, Round: 5, Digest: e.Digest()}
			got, err := protocol.OpenAnswer(answer, asked)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := protocol.DecodeBody(got); err != nil {
				t.Fatal(err)
			}
		}
	})
}
