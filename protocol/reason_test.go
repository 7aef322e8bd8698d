package protocol

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// declared is the reasons that the source declares as constants.
func declared(t *testing.T) map[Reason]string {
	t.Helper()
	found := map[Reason]string{}
	for _, c := range Constants(t, "reason.go") {
		if c.Type == "Reason" {
			found[Reason(c.Value)] = c.Name
		}
	}
	return found
}

func TestReasonsAreCatalogued(t *testing.T) {
	found := declared(t)
	if len(found) < 20 {
		t.Fatalf("found only %d reasons in the source", len(found))
	}
	listed := map[Reason]bool{}
	for _, e := range Reasons() {
		if listed[e.Reason] {
			t.Errorf("%s is listed twice", e.Reason)
		}
		listed[e.Reason] = true
		if _, ok := found[e.Reason]; !ok {
			t.Errorf("%s is listed but not declared", e.Reason)
		}
		if e.Short == "" || e.Long == "" || strings.HasSuffix(e.Short, ".") || !strings.HasSuffix(e.Long, ".") {
			t.Errorf("%s: want a clause %q and sentences %q", e.Reason, e.Short, e.Long)
		}
		if err := (&Refusal{Code: string(e.Reason)}).Check(); err != nil {
			t.Errorf("%s cannot be the code of a refusal: %v", e.Reason, err)
		}
		if !e.Reason.Known() {
			t.Errorf("%s is not known", e.Reason)
		}
	}
	for reason, name := range found {
		if !listed[reason] {
			t.Errorf("%s (%s) is not in the catalogue", name, reason)
		}
	}
	if Reason("made_up").Known() {
		t.Error("a made-up reason is known")
	}
}

func TestReasonOf(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("outer: %w", Fail(ReasonProof, "inner: %w", cause))
	if ReasonOf(err) != ReasonProof || !errors.Is(err, cause) || err.Error() != "outer: proof: inner: cause" {
		t.Errorf("got %s, %v", ReasonOf(err), err)
	}
	if ReasonOf(cause) != ReasonInternal {
		t.Errorf("an error without a reason has %s", ReasonOf(cause))
	}
}
