package protocol

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
)

var (
	validator = DeriveKey([]byte("validator"))
	miner     = DeriveKey([]byte("miner"))
	stranger  = DeriveKey([]byte("stranger"))
)

// seal signs a message for a test.
func seal(t testing.TB, s Signer, kind Kind, to Hotkey, round uint64, request item.Hash, message any) ([]byte, item.Hash) {
	t.Helper()
	raw, digest, err := Seal(s, kind, to, round, request, message)
	if err != nil {
		t.Fatal(err)
	}
	return raw, digest
}

// sample is a message of each kind, well within the limits.
func sample(t testing.TB) map[Kind]any {
	t.Helper()
	h := item.Sum("test", []byte("sample"))
	root := SignedRoot{Netuid: 7, Seq: 3, Hash: h, Bytes: 1000, Count: 10}
	if err := root.Sign(miner); err != nil {
		t.Fatal(err)
	}
	receipt := &Receipt{Netuid: 7, Miner: miner.Hotkey(), Seq: 3, Root: root.Digest(), Round: 40, Block: 1000}
	if err := receipt.Sign(validator); err != nil {
		t.Fatal(err)
	}
	key := item.NewKey(item.Bucket{Program: [8]byte{1}, Cell: 2, Span: 3}, h)
	return map[Kind]any{
		KindRootRequest: &RootRequest{Head: Anchor{Seq: 5, Hash: h}, Tip: h},
		KindRootAnswer:  &RootAnswer{Root: root},
		KindItemsRequest: &ItemsRequest{Head: Anchor{Seq: 5, Hash: h}, Receipt: receipt,
			Parts: []Part{{Seq: 2, Draws: []Draw{{Mode: DrawByte, U: 1 << 63}, {Mode: DrawCell, U: 5, V: 6}}}}},
		KindItemsAnswer:   &ItemsAnswer{Nodes: [][]byte{{1, 2}, {3}}, Items: [][]byte{{4}, {5}}, Drawn: [][]uint16{{1, 0}}},
		KindClaimsRequest: &ClaimsRequest{Head: Anchor{Seq: 5, Hash: h}, Asks: []ClaimAsk{{Key: key, NotAfter: 900}}},
		KindClaimsAnswer:  &ClaimsAnswer{Nodes: [][]byte{{1}}, Claims: []Claim{{Index: 0, Seq: 2}, {Index: 4, Seq: 1}}},
		KindRefusal:       &Refusal{Code: string(ReasonBusy), Message: "try again"},
		KindTasksRequest: &TasksRequest{Head: Anchor{Seq: 5, Hash: h}, Program: "spam", Due: 45,
			Tasks: []Task{{Subjects: [][]byte{{6, 7}}}, {Subjects: [][]byte{{8}, {9}}}}, Marks: []Mark{{Task: item.TaskID(h, 1), Truth: "ham"}}},
		KindTasksAnswer: &TasksAnswer{Want: 300},
	}
}

func TestRoundTrip(t *testing.T) {
	for kind, message := range sample(t) {
		var e *Envelope
		var err error
		if kind.IsRequest() {
			raw, digest := seal(t, validator, kind, miner.Hotkey(), 40, item.Hash{}, message)
			if e, err = OpenRequest(raw, miner.Hotkey()); err == nil {
				err = e.CheckSignature()
			}
			if err == nil && e.Digest() != digest {
				t.Errorf("%s: the digest is not the one that was sealed", kind)
			}
		} else {
			asked := Asked{From: validator.Hotkey(), To: miner.Hotkey(), Kind: KindRootRequest, Round: 40, Digest: item.Hash{9}}
			if kind != KindRefusal {
				asked.Kind = kind - 1
			}
			raw, _ := seal(t, miner, kind, validator.Hotkey(), 40, item.Hash{9}, message)
			e, err = OpenAnswer(raw, asked)
		}
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		got, err := DecodeBody(e)
		if err != nil || !reflect.DeepEqual(got, message) {
			t.Errorf("%s reads back as %+v, %v; want %+v", kind, got, err, message)
		}
		if strings.HasPrefix(kind.String(), "kind(") {
			t.Errorf("kind %d has no name", kind)
		}
	}
}

// One value, one encoding: every other way to write it is refused.
func TestOnlyTheDeterministicEncoding(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"canonical", []byte{0x82, 0x01, 0x02}, true},
		{"long integer", []byte{0x82, 0x18, 0x01, 0x02}, false},
		{"longer integer", []byte{0x82, 0x19, 0x00, 0x01, 0x02}, false},
		{"long array head", []byte{0x98, 0x02, 0x01, 0x02}, false},
		{"indefinite array", []byte{0x9f, 0x01, 0x02, 0xff}, false},
		{"trailing byte", []byte{0x82, 0x01, 0x02, 0x00}, false},
		{"one element less", []byte{0x81, 0x01}, false},
		{"one element more", []byte{0x83, 0x01, 0x02, 0x03}, false},
		{"negative", []byte{0x82, 0x20, 0x02}, false},
		{"float", []byte{0x82, 0xf9, 0x3c, 0x00, 0x02}, false},
		{"null", []byte{0x82, 0xf6, 0x02}, false},
		{"undefined", []byte{0x82, 0xf7, 0x02}, false},
		{"tagged", []byte{0x82, 0xc1, 0x01, 0x02}, false},
		{"too large", []byte{0x82, 0x1a, 0x00, 0x01, 0x00, 0x00, 0x02}, false},
		{"map", []byte{0xa2, 0x65, 'I', 'n', 'd', 'e', 'x', 0x01, 0x63, 'S', 'e', 'q', 0x02}, false},
		{"truncated", []byte{0x82, 0x01}, false},
		{"empty", nil, false},
	} {
		var c Claim
		if err := Decode(tc.b, &c); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	// Lists have one empty form, digests one length.
	for name, b := range map[string][]byte{
		"null list":      {0x82, 0xf6, 0x80},
		"null bytes":     {0x82, 0x81, 0xf6, 0x80},
		"chunked bytes":  {0x82, 0x81, 0x5f, 0x41, 0x01, 0xff, 0x80},
		"text as bytes":  {0x82, 0x81, 0x61, 0x01, 0x80},
		"array as bytes": {0x82, 0x81, 0x81, 0x01, 0x80},
	} {
		if err := Decode(b, new(ClaimsAnswer)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, n := range []int{31, 33} {
		b := append([]byte{0x82, 0x00, 0x58, byte(n)}, make([]byte, n)...)
		if err := Decode(b, new(Anchor)); err == nil {
			t.Errorf("a digest of %d bytes is accepted", n)
		}
	}
	if err := Decode([]byte{0x82, 0x80, 0x80}, new(ClaimsAnswer)); err != nil {
		t.Errorf("empty lists: %v", err)
	}
	if err := Decode([]byte{0x82, 0x62, 0xff, 0xfe, 0x60}, new(Refusal)); err == nil {
		t.Error("a text that is not UTF-8 is accepted")
	}
	if err := Decode([]byte{0x82, 0x18, 0x01, 0x02}, new(Claim)); !errors.Is(err, ErrNotDeterministic) {
		t.Errorf("a long integer gives %v", err)
	}
	deep := append(bytes.Repeat([]byte{0x81}, 100), 0x00)
	if err := Decode(deep, new(ClaimsAnswer)); err == nil {
		t.Error("deep nesting is accepted")
	}
}

func TestLimits(t *testing.T) {
	h := item.Hash{1}
	head := Anchor{Seq: 1, Hash: h}
	draw := Draw{Mode: DrawByte}
	parts := func(n, draws int) []Part {
		p := make([]Part, n)
		for i := range p {
			p[i] = Part{Seq: uint64(i + 1), Draws: slicesOf(draws, draw)}
		}
		return p
	}
	indices := make([]Claim, MaxClaims)
	for i := range indices {
		indices[i] = Claim{Index: uint16(i), Seq: 1}
	}
	for _, tc := range []struct {
		name    string
		message message
		ok      bool
	}{
		{"first request", &RootRequest{}, true},
		{"head without hash", &RootRequest{Head: Anchor{Seq: 1}}, false},
		{"hash without head", &RootRequest{Head: Anchor{Hash: h}}, false},
		{"empty index", &RootAnswer{Root: SignedRoot{Seq: 1}}, true},
		{"root zero", &RootAnswer{Root: SignedRoot{Bytes: 2, Count: 1}}, false},
		{"more leaves than bytes", &RootAnswer{Root: SignedRoot{Seq: 1, Bytes: 2, Count: 3}}, false},
		{"bytes without leaves", &RootAnswer{Root: SignedRoot{Seq: 1, Bytes: 2}}, false},
		{"only a receipt", &ItemsRequest{Receipt: new(Receipt)}, true},
		{"most draws", &ItemsRequest{Head: head, Receipt: new(Receipt), Parts: parts(MaxParts, MaxDraws)}, true},
		{"items, bad head", &ItemsRequest{Head: Anchor{Seq: 1}}, false},
		{"too many parts", &ItemsRequest{Head: head, Parts: parts(MaxParts+1, 1)}, false},
		{"too many draws", &ItemsRequest{Head: head, Parts: parts(1, MaxDraws+1)}, false},
		{"draws under root 0", &ItemsRequest{Head: head, Parts: []Part{{}}}, false},
		{"unknown draw mode", &ItemsRequest{Head: head, Parts: []Part{{Seq: 1, Draws: []Draw{{Mode: 6}}}}}, false},
		{"a draw of each mode", &ItemsRequest{Head: head, Parts: []Part{{Seq: 1, Draws: []Draw{{Mode: 1}, {Mode: 2}, {Mode: 3}, {Mode: 4}, {Mode: 5}}}}}, true},
		{"most items", &ItemsAnswer{Nodes: slicesOf(MaxNodes, []byte{1}), Items: slicesOf(MaxItems, []byte{1}), Drawn: slicesOf(MaxParts, slicesOf(MaxItems, uint16(MaxItems-1)))}, true},
		{"too many nodes", &ItemsAnswer{Nodes: slicesOf(MaxNodes+1, []byte{1})}, false},
		{"too many items", &ItemsAnswer{Items: slicesOf(MaxItems+1, []byte{1})}, false},
		{"too many answered parts", &ItemsAnswer{Drawn: make([][]uint16, MaxParts+1)}, false},
		{"too many drawn items", &ItemsAnswer{Items: [][]byte{{1}}, Drawn: [][]uint16{make([]uint16, MaxItems+1)}}, false},
		{"item that is not there", &ItemsAnswer{Items: [][]byte{{1}}, Drawn: [][]uint16{{1}}}, false},
		{"most asks", &ClaimsRequest{Head: head, Asks: make([]ClaimAsk, MaxClaims)}, true},
		{"too many asks", &ClaimsRequest{Head: head, Asks: make([]ClaimAsk, MaxClaims+1)}, false},
		{"asks, bad head", &ClaimsRequest{Head: Anchor{Seq: 1}}, false},
		{"most claims", &ClaimsAnswer{Nodes: slicesOf(MaxNodes, []byte{1}), Claims: indices}, true},
		{"too many claims", &ClaimsAnswer{Claims: append(indices[:MaxClaims:MaxClaims], Claim{Index: MaxClaims, Seq: 1})}, false},
		{"claims, too many nodes", &ClaimsAnswer{Nodes: slicesOf(MaxNodes+1, []byte{1})}, false},
		{"claims out of order", &ClaimsAnswer{Claims: []Claim{{Index: 1, Seq: 1}, {Index: 0, Seq: 1}}}, false},
		{"claim twice", &ClaimsAnswer{Claims: []Claim{{Index: 1, Seq: 1}, {Index: 1, Seq: 2}}}, false},
		{"claim out of range", &ClaimsAnswer{Claims: []Claim{{Index: MaxClaims, Seq: 1}}}, false},
		{"claim under root 0", &ClaimsAnswer{Claims: []Claim{{Index: 1}}}, false},
		{"longest refusal", &Refusal{Code: strings.Repeat("a", MaxCode), Message: strings.Repeat("x", MaxMessage)}, true},
		{"refusal without code", &Refusal{}, false},
		{"refusal with a long code", &Refusal{Code: strings.Repeat("a", MaxCode+1)}, false},
		{"refusal with an odd code", &Refusal{Code: "Busy\n"}, false},
		{"refusal with a long message", &Refusal{Code: "busy", Message: strings.Repeat("x", MaxMessage+1)}, false},
		{"no tasks", &TasksRequest{Head: head, Program: "p"}, true},
		{"most tasks", tasks(MaxTasks, MaxSubjects, MaxTaskBytes/MaxTasks/MaxSubjects), true},
		{"largest task", tasks(1, 1, MaxTaskBytes), true},
		{"most marks", &TasksRequest{Head: head, Program: strings.Repeat("p", MaxCode), Marks: slicesOf(MaxMarks, Mark{Truth: strings.Repeat("x", item.MaxAnswer)})}, true},
		{"tasks, bad head", &TasksRequest{Head: Anchor{Seq: 1}, Program: "p"}, false},
		{"tasks of no program", &TasksRequest{Head: head}, false},
		{"tasks of a long program", &TasksRequest{Head: head, Program: strings.Repeat("p", MaxCode+1)}, false},
		{"too many tasks", tasks(MaxTasks+1, 1, 1), false},
		{"task of nothing", tasks(1, 0, 1), false},
		{"task of too many", tasks(1, MaxSubjects+1, 1), false},
		{"task too large", tasks(1, 1, MaxTaskBytes+1), false},
		{"tasks too large", tasks(MaxTasks, 1, MaxTaskBytes/MaxTasks+1), false},
		{"too many marks", &TasksRequest{Head: head, Program: "p", Marks: make([]Mark, MaxMarks+1)}, false},
		{"mark too long", &TasksRequest{Head: head, Program: "p", Marks: []Mark{{Truth: strings.Repeat("x", item.MaxAnswer+1)}}}, false},
		{"wants none", &TasksAnswer{}, true},
		{"wants most", &TasksAnswer{Want: 1<<16 - 1}, true},
	} {
		err := tc.message.Check()
		if (err == nil) != tc.ok || err != nil && ReasonOf(err) != ReasonMalformed {
			t.Errorf("%s: %v", tc.name, err)
		}
		if kind := kindOf(tc.message); kind.IsRequest() && tc.ok {
			raw, _ := seal(t, validator, kind, miner.Hotkey(), 1<<63, item.Hash{}, tc.message)
			if len(raw) > MaxRequestBytes {
				t.Errorf("%s: %d bytes, more than a request may have", tc.name, len(raw))
			}
		}
	}
}

// tasks is a request of n tasks that show items of a size.
func tasks(n, subjects, size int) *TasksRequest {
	return &TasksRequest{Program: "p", Tasks: slicesOf(n, Task{Subjects: slicesOf(subjects, make([]byte, size))})}
}

func slicesOf[T any](n int, v T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func kindOf(m message) Kind {
	switch m.(type) {
	case *RootRequest:
		return KindRootRequest
	case *RootAnswer:
		return KindRootAnswer
	case *ItemsRequest:
		return KindItemsRequest
	case *ItemsAnswer:
		return KindItemsAnswer
	case *ClaimsRequest:
		return KindClaimsRequest
	case *ClaimsAnswer:
		return KindClaimsAnswer
	case *TasksRequest:
		return KindTasksRequest
	case *TasksAnswer:
		return KindTasksAnswer
	}
	return KindRefusal
}

func TestDecodeBodyRefuses(t *testing.T) {
	over, err := Encode(&ClaimsRequest{Asks: make([]ClaimAsk, MaxClaims+1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]*Envelope{
		"unknown kind":   {Kind: 7, Body: []byte{0x80}},
		"empty body":     {Kind: KindRefusal},
		"another's body": {Kind: KindRefusal, Body: []byte{0x82, 0x01, 0x02}},
		"over the limit": {Kind: KindClaimsRequest, Body: over},
		"many tasks":     {Kind: KindTasksRequest, Body: encode(t, tasks(MaxTasks+1, 1, 1))},
		"no wish":        {Kind: KindTasksAnswer, Body: []byte{0x80}},
		"two wishes":     {Kind: KindTasksAnswer, Body: []byte{0x82, 0x01, 0x02}},
		"great wish":     {Kind: KindTasksAnswer, Body: []byte{0x81, 0x1a, 0x00, 0x01, 0x00, 0x00}},
		"null tasks":     {Kind: KindTasksRequest, Body: append(encode(t, &TasksRequest{Program: "p"})[:40], 0xf6, 0x80)},
		"long integer":   {Kind: KindClaimsAnswer, Body: []byte{0x82, 0x80, 0x81, 0x82, 0x18, 0x01, 0x02}},
	} {
		m, err := DecodeBody(e)
		if m != nil || err == nil || ReasonOf(err) != ReasonMalformed {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}
