package protocol

import (
	"bytes"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

// signedJudgement is one vector of testdata/labeller.json, whose signatures were made by
// other implementations: see its origin.
type signedJudgement struct {
	Labeller  string
	Secret    string // of a wallet
	Program   string
	Task      item.Hash
	Answer    string
	Comment   string
	Millis    uint32
	Text      string
	Signature string
	High      string // of a page key: the same signature with s in the upper half
}

func labellerVectors(t testing.TB) (wallets, pages []signedJudgement) {
	t.Helper()
	b, err := os.ReadFile("testdata/labeller.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Wallets, Pages []signedJudgement }
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Wallets) < 2 || len(v.Pages) < 2 {
		t.Fatal("the vectors are incomplete")
	}
	return v.Wallets, v.Pages
}

func TestLabellersOfOtherImplementationsVerify(t *testing.T) {
	wallets, pages := labellerVectors(t)
	for _, v := range append(wallets, pages...) {
		if text := JudgementText(v.Program, v.Task, v.Answer, v.Comment, v.Millis); text != v.Text {
			t.Errorf("the text is %q, want %q", text, v.Text)
		}
		if err := CheckLabeller(v.Labeller); err != nil {
			t.Errorf("%s: %v", v.Labeller, err)
		}
		if err := VerifyLabeller(v.Labeller, v.Text, unhex(t, v.Signature)); err != nil {
			t.Errorf("%s: %v", v.Labeller, err)
		}
		if len(v.Labeller) > item.MaxLabeller || len(unhex(t, v.Signature)) > item.MaxLabelSig {
			t.Errorf("%s does not fit in a judgement", v.Labeller)
		}
	}
}

// Both make the nonce by RFC 6979, so they sign alike.
func TestSignPersonalIsWhatAWalletSigns(t *testing.T) {
	wallets, _ := labellerVectors(t)
	for _, v := range wallets {
		k, err := ParseKey(v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := k.SignPersonal(v.Text)
		if err != nil || !bytes.Equal(sig, unhex(t, v.Signature)) || k.Labeller() != v.Labeller {
			t.Errorf("%s signs %x, %v; want %s by %s", k.Labeller(), sig, err, v.Signature, v.Labeller)
		}
	}
}

// upper is the other signature by the same nonce: s is negated.
func upper(sig []byte) []byte {
	out := bytes.Clone(sig)
	order := elliptic.P256().Params().N
	if len(sig) == 65 {
		order = crypto.S256().Params().N
		out[64] = 27 + 28 - sig[64]
	}
	new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:64])).FillBytes(out[32:64])
	return out
}

func TestUpperHalfIsRefused(t *testing.T) {
	wallets, pages := labellerVectors(t)
	for _, v := range append(wallets, pages...) {
		high := upper(unhex(t, v.Signature))
		if v.High != "" && !bytes.Equal(high, unhex(t, v.High)) {
			t.Fatalf("the vector has another upper half: %s", v.High)
		}
		if err := VerifyLabeller(v.Labeller, v.Text, high); !errors.Is(err, ErrLabeller) {
			t.Errorf("%s: s in the upper half: %v", v.Labeller, err)
		}
	}
}

func TestAnotherTextOrLabellerIsRefused(t *testing.T) {
	wallets, pages := labellerVectors(t)
	all := append(wallets, pages...)
	for i, v := range all {
		sig := unhex(t, v.Signature)
		for name, text := range map[string]string{
			"another answer":  JudgementText(v.Program, v.Task, v.Answer+"x", v.Comment, v.Millis),
			"another program": JudgementText(v.Program+"x", v.Task, v.Answer, v.Comment, v.Millis),
			"another task":    JudgementText(v.Program, item.Sum("task"), v.Answer, v.Comment, v.Millis),
			"another comment": JudgementText(v.Program, v.Task, v.Answer, v.Comment+" ", v.Millis),
			"another time":    JudgementText(v.Program, v.Task, v.Answer, v.Comment, v.Millis-1),
			"a line more":     v.Text + "\n",
			"nothing":         "",
		} {
			if err := VerifyLabeller(v.Labeller, text, sig); !errors.Is(err, ErrLabeller) {
				t.Errorf("%s: %s: %v", v.Labeller, name, err)
			}
		}
		for j, other := range all {
			if i == j {
				continue
			}
			if err := VerifyLabeller(other.Labeller, v.Text, sig); !errors.Is(err, ErrLabeller) {
				t.Errorf("the signature of %s passes as that of %s: %v", v.Labeller, other.Labeller, err)
			}
		}
	}
}

// Every altered or cut signature is refused.
func TestAlteredLabelSignatureIsRefused(t *testing.T) {
	wallets, pages := labellerVectors(t)
	all := append(wallets, pages...)
	signatures := make([][]byte, len(all))
	for i, v := range all {
		signatures[i] = unhex(t, v.Signature)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(t, "vector")
		v, sig := all[i], bytes.Clone(signatures[i])
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			sig[rapid.IntRange(0, len(sig)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 1:
			sig = sig[:rapid.IntRange(0, len(sig)-1).Draw(t, "length")]
		case 2:
			sig = append(sig, rapid.Byte().Draw(t, "more"))
		}
		if err := VerifyLabeller(v.Labeller, v.Text, sig); !errors.Is(err, ErrLabeller) {
			t.Fatalf("%x: %v", sig, err)
		}
	})
}

func TestOddLabelSignaturesAreRefused(t *testing.T) {
	wallets, pages := labellerVectors(t)
	w, p := wallets[0], pages[0]
	with := func(v signedJudgement, from int, n *big.Int) []byte {
		sig := unhex(t, v.Signature)
		n.FillBytes(sig[from : from+32])
		return sig
	}
	ended := func(v byte) []byte { return append(unhex(t, w.Signature)[:64], v) }
	zero, top := new(big.Int), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for name, c := range map[string]struct {
		v   signedJudgement
		sig []byte
	}{
		"wallet, none":     {w, nil},
		"wallet, v of 0":   {w, ended(unhex(t, w.Signature)[64] - 27)},
		"wallet, v of 29":  {w, ended(29)},
		"wallet, v of 26":  {w, ended(26)},
		"wallet, v of 255": {w, ended(255)},
		"wallet, r of 0":   {w, with(w, 0, zero)},
		"wallet, s of 0":   {w, with(w, 32, zero)},
		"wallet, r of n":   {w, with(w, 0, crypto.S256().Params().N)},
		"wallet, most r":   {w, with(w, 0, top)},
		"wallet, most s":   {w, with(w, 32, top)},
		"page, none":       {p, nil},
		"page, with a v":   {p, append(unhex(t, p.Signature), 27)},
		"page, r of 0":     {p, with(p, 0, zero)},
		"page, s of 0":     {p, with(p, 32, zero)},
		"page, r of n":     {p, with(p, 0, elliptic.P256().Params().N)},
		"page, most r":     {p, with(p, 0, top)},
		"page, most s":     {p, with(p, 32, top)},
	} {
		if err := VerifyLabeller(c.v.Labeller, c.v.Text, c.sig); !errors.Is(err, ErrLabeller) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabellersHaveOneForm(t *testing.T) {
	wallets, pages := labellerVectors(t)
	w, p := wallets[0].Labeller, pages[0].Labeller
	checksummed := DeriveKey([]byte("labeller")).Address().Hex()
	for name, s := range map[string]string{
		"nothing":              "",
		"bare address":         w[2:],
		"bare address, padded": "00" + w[2:],
		"checksummed":          checksummed,
		"upper case":           "0x" + strings.ToUpper(w[2:]),
		"upper case prefix":    "0X" + w[2:],
		"short address":        w[:41],
		"long address":         w + "0",
		"no hex":               "0x" + strings.Repeat("g", 40),
		"space":                " " + w,
		"line":                 w + "\n",
		"bare point":           p[len(pageKeyPrefix):],
		"upper case point":     pageKeyPrefix + strings.ToUpper(p[len(pageKeyPrefix):]),
		"upper case curve":     "P256:" + p[len(pageKeyPrefix):],
		"another curve":        "p384:" + p[len(pageKeyPrefix):],
		"short point":          p[:len(p)-2],
		"long point":           p + "00",
		"odd point":            p[:len(p)-1],
		"prefix 04":            pageKeyPrefix + "04" + p[len(pageKeyPrefix)+2:],
		"prefix 00":            pageKeyPrefix + "00" + p[len(pageKeyPrefix)+2:],
		"not on the curve":     pageKeyPrefix + "02" + strings.Repeat("0", 63) + "1",
		"beyond the field":     pageKeyPrefix + "02" + strings.Repeat("f", 64),
		"no point":             pageKeyPrefix,
		"uncompressed":         pageKeyPrefix + "04" + strings.Repeat("0", 128),
	} {
		if err := CheckLabeller(s); !errors.Is(err, ErrLabeller) {
			t.Errorf("%s: %q: %v", name, s, err)
		}
		if err := VerifyLabeller(s, wallets[0].Text, unhex(t, wallets[0].Signature)); !errors.Is(err, ErrLabeller) {
			t.Errorf("%s: %q verifies: %v", name, s, err)
		}
	}
}

// FuzzVerifyLabeller: what verifies has a well-formed name, fits no other text, and has
// no second form.
func FuzzVerifyLabeller(f *testing.F) {
	wallets, pages := labellerVectors(f)
	for _, v := range append(wallets, pages...) {
		f.Add(v.Labeller, v.Text, unhex(f, v.Signature))
		f.Add(v.Labeller, v.Text, upper(unhex(f, v.Signature)))
	}
	f.Add("p256:02"+strings.Repeat("0", 64), "", make([]byte, 64))
	f.Add("0x"+strings.Repeat("0", 40), "", make([]byte, 65))
	f.Fuzz(func(t *testing.T, labeller, text string, sig []byte) {
		form := CheckLabeller(labeller)
		err := VerifyLabeller(labeller, text, sig)
		for _, e := range []error{form, err} {
			if e != nil && !errors.Is(e, ErrLabeller) {
				t.Fatalf("error of another kind: %v", e)
			}
		}
		if err != nil {
			return
		}
		if form != nil {
			t.Fatalf("%q has no form, and verifies", labeller)
		}
		for name, other := range map[string]error{
			"another text": VerifyLabeller(labeller, text+".", sig),
			"upper half":   VerifyLabeller(labeller, text, upper(sig)),
			"a byte more":  VerifyLabeller(labeller, text, append(bytes.Clone(sig), 0)),
		} {
			if other == nil {
				t.Fatalf("%s of %q verifies too", name, labeller)
			}
		}
	})
}

// BenchmarkVerifyLabeller is what one answer costs who checks it.
func BenchmarkVerifyLabeller(b *testing.B) {
	key := DeriveKey([]byte("labeller"))
	text := JudgementText("spam", item.Sum("task"), "ham", "", 900)
	sig, err := key.SignPersonal(text)
	if err != nil {
		b.Fatal(err)
	}
	name := key.Labeller()
	b.ReportAllocs()
	for b.Loop() {
		if err := VerifyLabeller(name, text, sig); err != nil {
			b.Fatal(err)
		}
	}
}
