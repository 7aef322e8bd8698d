package protocol

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
)

var rewrite = flag.Bool("rewrite", false, "rewrite golden files and generated documentation; commit only a diff that you can explain")

// golden compares a file with what it should hold, or rewrites it.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; after a change that is meant, run: go test ./protocol -rewrite", path)
	}
}

// The signed bytes are a contract with every other implementation: these digests
// and encodings change only with the protocol's version.
func TestGoldenDigests(t *testing.T) {
	var b strings.Builder
	b.WriteString("# name, signed digest, then the encoding; keys derived from the seeds \"validator\" and \"miner\"\n")
	messages := sample(t)
	root := messages[KindRootAnswer].(*RootAnswer).Root
	receipt := messages[KindItemsRequest].(*ItemsRequest).Receipt
	fmt.Fprintf(&b, "hotkey validator %s\nhotkey miner %s\n", validator.Hotkey(), miner.Hotkey())
	fmt.Fprintf(&b, "root %s %x\nreceipt %s %x\n", root.Digest(), encode(t, &root), receipt.Digest(), encode(t, receipt))
	kinds := make([]Kind, 0, len(messages))
	for kind := range messages {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		from, to, request := Signer(validator), miner.Hotkey(), item.Hash{}
		if !kind.IsRequest() {
			from, to, request = miner, validator.Hotkey(), item.Sum("test", []byte("request"))
		}
		raw, digest := seal(t, from, kind, to, 40, request, messages[kind])
		fmt.Fprintf(&b, "%s %s %x\n", kind, digest, raw)
	}
	for _, d := range []Draw{
		{Mode: DrawByteOf, U: 1 << 63, V: ProgramWord([8]byte{1, 2, 3, 4, 5, 6, 7, 8})},
		{Mode: DrawCellOf, U: 3, V: ProgramWord([8]byte{0xff})},
		BucketDraw(item.Bucket{Program: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Cell: 9, Span: 0x0a0b0c0d}),
	} {
		fmt.Fprintf(&b, "draw %d %x\n", d.Mode, encode(t, d))
	}
	golden(t, "testdata/digests.txt", b.String())
}

// The digest is what its comment says, worked out by hand once.
func TestDigestLayout(t *testing.T) {
	e := Envelope{Version: 0x0102, Kind: 3, From: Hotkey{4}, To: Hotkey{5}, Round: 0x0607, Request: item.Hash{8}, Body: []byte("body")}
	want := item.Sum("assay/message/v1", []byte{1, 2}, []byte{3}, e.From[:], e.To[:], []byte{0, 0, 0, 0, 0, 0, 6, 7}, e.Request[:], []byte("body"))
	if e.Digest() != want {
		t.Error("the envelope's digest is not over its documented parts")
	}
}
