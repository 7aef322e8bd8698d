package item

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

func sample() Item {
	return Item{
		Kind: KindRecord, URI: "https://example.com/post/1", Canonical: []byte("content"),
		Label: "go", Contributor: "ann", Licence: "CC0-1.0", Parents: []Hash{{1}, {2}},
	}
}

func TestItemRoundTrip(t *testing.T) {
	line := rapid.StringMatching(`[a-zé世 ]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		want := Item{
			Kind:      Kind(rapid.Uint8Range(1, 5).Draw(t, "kind")),
			URI:       "https://example.com/" + rapid.StringMatching(`[a-z]{0,9}`).Draw(t, "path"),
			Canonical: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "content"),
			Label:     line.Draw(t, "label"), Contributor: line.Draw(t, "contributor"), Licence: line.Draw(t, "licence"),
			Parents: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hash { return Sum(rapid.String().Draw(t, "parent")) }), 0, MaxParents).Draw(t, "parents"),
		}
		b, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*got, want) || got.ID() != want.ID() || got.Attrs() != want.Attrs() {
			t.Fatalf("got %+v, want %+v", *got, want)
		}
	})
}

// What is content changes the id, what stands beside it changes the attributes,
// and neither changes the other.
func TestIDAndAttrsDivideTheItem(t *testing.T) {
	was := sample()
	for name, c := range map[string]struct {
		change  func(*Item)
		content bool
	}{
		"kind":         {func(it *Item) { it.Kind = KindBlob }, true},
		"uri":          {func(it *Item) { it.URI += "0" }, true},
		"canonical":    {func(it *Item) { it.Canonical = []byte("other") }, true},
		"label":        {func(it *Item) { it.Label = "rust" }, false},
		"contributor":  {func(it *Item) { it.Contributor = "bob" }, false},
		"licence":      {func(it *Item) { it.Licence = "MIT" }, false},
		"parent":       {func(it *Item) { it.Parents = []Hash{{1}, {3}} }, false},
		"parent order": {func(it *Item) { it.Parents = []Hash{{2}, {1}} }, false},
		"no parents":   {func(it *Item) { it.Parents = nil }, false},
		"moved text":   {func(it *Item) { it.Label, it.Contributor = "goa", "nn" }, false},
	} {
		now := sample()
		c.change(&now)
		if (now.ID() != was.ID()) != c.content || (now.Attrs() != was.Attrs()) == c.content {
			t.Errorf("%s: id changed %v, attributes changed %v", name, now.ID() != was.ID(), now.Attrs() != was.Attrs())
		}
	}
	a, b := sample(), sample()
	a.URI, a.Canonical = "urn:a", []byte("bc")
	b.URI, b.Canonical = "urn:ab", []byte("c")
	if a.ID() == b.ID() {
		t.Error("a byte moved from content to URI leaves the id")
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Item){
		"kind 0":               func(it *Item) { it.Kind = 0 },
		"kind 6":               func(it *Item) { it.Kind = 6 },
		"no URI":               func(it *Item) { it.URI = "" },
		"URI not canonical":    func(it *Item) { it.URI = "HTTPS://example.com/" },
		"long URI":             func(it *Item) { it.URI = "https://example.com/" + strings.Repeat("a", MaxURI) },
		"no content":           func(it *Item) { it.Canonical = nil },
		"too much content":     func(it *Item) { it.Canonical = make([]byte, MaxItemBytes) },
		"long label":           func(it *Item) { it.Label = strings.Repeat("a", MaxLabel+1) },
		"long contributor":     func(it *Item) { it.Contributor = strings.Repeat("a", MaxContributor+1) },
		"long licence":         func(it *Item) { it.Licence = strings.Repeat("a", MaxLicence+1) },
		"many parents":         func(it *Item) { it.Parents = make([]Hash, MaxParents+1) },
		"label not UTF-8":      func(it *Item) { it.Label = "\xff" },
		"contributor, newline": func(it *Item) { it.Contributor = "a\nb" },
	} {
		it := sample()
		spoil(&it)
		if _, err := it.Encode(); !errors.Is(err, ErrInvalid) {
			t.Errorf("encode, %s: %v", name, err)
		}
		b, err := encMode.Marshal(&it)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); !errors.Is(err, ErrInvalid) {
			t.Errorf("decode, %s: %v", name, err)
		}
	}
	it := sample()
	it.Label = strings.Repeat("a", MaxLabel)
	it.Parents = make([]Hash, MaxParents)
	it.Canonical = make([]byte, MaxItemBytes-1000)
	b, err := it.Encode()
	if err != nil {
		t.Fatalf("an item at its limits: %v", err)
	}
	if _, err := Decode(b); err != nil {
		t.Fatalf("an item at its limits: %v", err)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	it := sample()
	good, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	marshal := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	fields := func() []any {
		return []any{it.Kind, it.URI, it.Canonical, it.Label, it.Contributor, it.Licence, it.Parents}
	}
	without := func(i int, v any) []byte { f := fields(); f[i] = v; return marshal(f) }
	if !bytes.Equal(marshal(fields()), good) {
		t.Fatal("an item is not the array of its fields")
	}
	for name, b := range map[string][]byte{
		"nothing":          {},
		"trailing byte":    append(bytes.Clone(good), 0),
		"cut":              good[:len(good)-1],
		"long form of 1":   append([]byte{good[0], 0x18, 0x01}, good[2:]...),
		"indefinite array": append(append([]byte{0x9f}, good[1:]...), 0xff),
		"six fields":       marshal(fields()[:6]),
		"eight fields":     marshal(append(fields(), 0)),
		"a map":            marshal(map[string]any{"Kind": 1}),
		"null parents":     without(6, nil),
		"null content":     without(2, nil),
		"text as content":  without(2, "content"),
		"bytes as label":   without(3, []byte("go")),
		"short parent":     without(6, [][]byte{{1}}),
		"long parent":      without(6, [][]byte{make([]byte, 33)}),
		"wide kind":        without(0, 257),
		"negative kind":    without(0, -1),
		"tagged":           append([]byte{0xc0}, good...),
		"too long":         make([]byte, MaxItemBytes+1),
	} {
		if got, err := Decode(b); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestKindNames(t *testing.T) {
	for k, want := range map[Kind]string{
		KindRecord: "record", KindChain: "chain", KindSeries: "series", KindBlob: "blob", KindJudgement: "judgement", 0: "kind 0", 9: "kind 9",
	} {
		if k.String() != want || k.Valid() != (k >= 1 && k <= 5) {
			t.Errorf("kind %d: %q, valid %v", uint8(k), k, k.Valid())
		}
	}
}

func TestHashText(t *testing.T) {
	h := Sum("test")
	b, err := h.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back Hash
	if err := back.UnmarshalText(b); err != nil || back != h {
		t.Fatalf("%s read back is %s, %v", h, back, err)
	}
	for _, bad := range []string{"", "0x", string(b[2:]) + "00", "0x" + strings.Repeat("g", 64), string(b) + "0"} {
		if err := back.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a digest", bad)
		}
	}
}
