package extrinsic

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

const referenceDir = "../../../shared/reference/chain/vectors"

type bin []byte

func (b *bin) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(strings.TrimPrefix(string(text), "0x"))
	return err
}

// fixture is an extrinsic that was recorded on the public chain.
type fixture struct {
	Name                                                                 string
	Pub, Sig, BlockHash, Era, Method, Genesis, SigningPayload, Extrinsic bin
	Block, Tip                                                           uint64
	Nonce, SpecVersion, TxVersion                                        uint32
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(referenceDir, "native_extrinsics.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the reference vectors are not beside this checkout")
	}
	var file struct{ Fixtures []fixture }
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil || len(file.Fixtures) != 2 {
		t.Fatalf("%d recorded extrinsics, %v", len(file.Fixtures), err)
	}
	return file.Fixtures
}

func (f fixture) implicit() Implicit {
	return Implicit{SpecVersion: f.SpecVersion, TxVersion: f.TxVersion, Genesis: item.Hash(f.Genesis), Birth: item.Hash(f.BlockHash)}
}

// Two extrinsics of the public chain: read, verified, and built anew from their
// parts with the recorded signature.
func TestRecordedExtrinsics(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			x, err := Decode(f.Extrinsic)
			if err != nil {
				t.Fatal(err)
			}
			if x.Account != protocol.Hotkey(f.Pub) || x.Scheme != Sr25519 || x.Nonce != f.Nonce || x.Tip != f.Tip || !bytes.Equal(x.Call, f.Method) {
				t.Errorf("decoded %+v", x)
			}
			if !bytes.Equal(appendEra(nil, x.Era), f.Era) || x.Era.Birth(f.Block+3) != f.Block {
				t.Errorf("era %+v, born in %d, want %d", x.Era, x.Era.Birth(f.Block+3), f.Block)
			}
			im := f.implicit()
			if err := x.Verify(im); err != nil {
				t.Error(err)
			}
			built := Extrinsic{
				Account: protocol.Hotkey(f.Pub), Scheme: Sr25519, Signature: f.Sig,
				Era: MortalEra(x.Era.Period, f.Block), Nonce: f.Nonce, Tip: f.Tip, Call: f.Method,
			}
			if got := built.Payload(im); !bytes.Equal(got, f.SigningPayload) {
				t.Errorf("payload %x, want %x", got, f.SigningPayload)
			}
			if got, err := built.Encode(); err != nil || !bytes.Equal(got, f.Extrinsic) {
				t.Errorf("built %x, %v; want %x", got, err, f.Extrinsic)
			}
			if _, err := DecodeCall(x.Call); !errors.Is(err, ErrUnknownCall) {
				t.Errorf("call that a neuron does not make: %v", err)
			}
		})
	}
}

// Each thing that is signed counts.
func TestVerifyRefuses(t *testing.T) {
	f := fixtures(t)[1]
	x, err := Decode(f.Extrinsic)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Extrinsic, *Implicit){
		"account":   func(x *Extrinsic, _ *Implicit) { x.Account[3] ^= 1 },
		"no key":    func(x *Extrinsic, _ *Implicit) { x.Account = protocol.Hotkey{} },
		"scheme":    func(x *Extrinsic, _ *Implicit) { x.Scheme = Ed25519 },
		"no scheme": func(x *Extrinsic, _ *Implicit) { x.Scheme = 3 },
		"short":     func(x *Extrinsic, _ *Implicit) { x.Signature = x.Signature[:63] },
		"r":         func(x *Extrinsic, _ *Implicit) { x.Signature[0] ^= 1 },
		"s":         func(x *Extrinsic, _ *Implicit) { x.Signature[40] ^= 1 },
		"mark":      func(x *Extrinsic, _ *Implicit) { x.Signature[63] &= 127 },
		"era":       func(x *Extrinsic, _ *Implicit) { x.Era = Era{} },
		"bad era":   func(x *Extrinsic, _ *Implicit) { x.Era.Period = 3 },
		"nonce":     func(x *Extrinsic, _ *Implicit) { x.Nonce++ },
		"tip":       func(x *Extrinsic, _ *Implicit) { x.Tip = 1 },
		"call":      func(x *Extrinsic, _ *Implicit) { x.Call[9] ^= 1 },
		"spec":      func(_ *Extrinsic, im *Implicit) { im.SpecVersion++ },
		"version":   func(_ *Extrinsic, im *Implicit) { im.TxVersion++ },
		"genesis":   func(_ *Extrinsic, im *Implicit) { im.Genesis[0] ^= 1 },
		"birth":     func(_ *Extrinsic, im *Implicit) { im.Birth[0] ^= 1 },
	} {
		y, im := x, f.implicit()
		y.Signature, y.Call = bytes.Clone(x.Signature), bytes.Clone(x.Call)
		change(&y, &im)
		if err := y.Verify(im); !errors.Is(err, protocol.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := x.Verify(f.implicit()); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func key(t testing.TB) *protocol.Sr25519Key {
	t.Helper()
	k, err := protocol.NewSr25519Key(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func calls() []Call {
	ip := scale.U128{Hi: 0x20010db800000000, Lo: 1}
	axon := ServeAxon{Netuid: 7, Version: 1, IP: ip, Port: 8091, IPType: 6, Protocol: 4, Placeholder1: 1, Placeholder2: 2}
	uids := make([]uint16, 256)
	for i := range uids {
		uids[i] = uint16(i)
	}
	return []Call{
		SetWeights{Netuid: 1, UIDs: []uint16{0, 3}, Values: []uint16{65535, 9}, VersionKey: 5},
		SetWeights{Netuid: 1, UIDs: uids, Values: uids, VersionKey: 5},
		CommitWeights{Netuid: 2, Hash: item.Hash{1, 2, 31: 3}},
		RevealWeights{Netuid: 3, UIDs: []uint16{1}, Values: []uint16{2}, Salt: []uint16{3, 4, 5}, VersionKey: 1 << 40},
		axon,
		ServeAxonTLS{ServeAxon: axon, Certificate: []byte{1, 2, 3}},
		ServePrometheus{Netuid: 4, Version: 2, IP: ip, Port: 9, IPType: 6},
		BurnedRegister{Netuid: 5, Hotkey: protocol.Hotkey{9}},
		RegisterLimit{Netuid: 6, Hotkey: protocol.Hotkey{8}, MaxBurn: 1e9},
	}
}

// Encodings that were put together by hand from the chain's call table.
func TestCallBytes(t *testing.T) {
	for want, c := range map[string]Call{
		"07000100080000030008ffff09000500000000000000":                                                  calls()[0],
		"07600200" + "0102" + strings.Repeat("00", 29) + "03":                                           calls()[2],
		"07610300" + "040100" + "040200" + "0c030004000500" + "0000000000010000":                        calls()[3],
		"07040700" + "01000000" + "010000000000000000000000b80d0120" + "9b1f" + "06040102":              calls()[4],
		"07280700" + "01000000" + "010000000000000000000000b80d0120" + "9b1f" + "06040102" + "0c010203": calls()[5],
		"07050400" + "02000000" + "010000000000000000000000b80d0120" + "0900" + "06":                    calls()[6],
		"07070500" + "09" + strings.Repeat("00", 31):                                                    calls()[7],
		"07860600" + "08" + strings.Repeat("00", 31) + "00ca9a3b00000000":                               calls()[8],
	} {
		if got := hex.EncodeToString(EncodeCall(c)); got != want {
			t.Errorf("%s: %s, want %s", c.Name(), got, want)
		}
	}
}

func TestSignAndDecode(t *testing.T) {
	k := key(t)
	p := Params{
		Implicit: Implicit{SpecVersion: 467, TxVersion: 1, Genesis: item.Hash{1}, Birth: item.Hash{2}},
		Era:      MortalEra(128, 9101265), Nonce: 70000, Tip: 3,
	}
	for _, c := range calls() {
		raw, err := Sign(k, c, p)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
		if err := x.Verify(p.Implicit); err != nil || x.Account != k.Hotkey() || x.Era != p.Era || x.Nonce != p.Nonce || x.Tip != p.Tip {
			t.Errorf("%s: %v, %+v", c.Name(), err, x)
		}
		got, err := DecodeCall(x.Call)
		if err != nil || !bytes.Equal(EncodeCall(got), EncodeCall(c)) {
			t.Errorf("%s: decoded %+v, %v", c.Name(), got, err)
		}
	}
	if _, err := Sign(k, calls()[0], Params{Era: Era{Period: 5}}); err == nil {
		t.Error("signed for an era that cannot be written")
	}
	if _, err := Sign(k, ServeAxonTLS{Certificate: make([]byte, MaxSize)}, p); err == nil {
		t.Error("signed what no node would take")
	}
}

// The schemes that we verify and do not sign with.
func TestOtherSchemes(t *testing.T) {
	im := Implicit{SpecVersion: 1, TxVersion: 1}
	edKey := ed25519.NewKeyFromSeed(make([]byte, 32))
	ed := Extrinsic{Account: protocol.Hotkey(edKey.Public().(ed25519.PublicKey)), Scheme: Ed25519, Call: EncodeCall(calls()[1])}
	ed.Signature = ed25519.Sign(edKey, ed.message(im))
	// The account is one of the reference vectors: key and native account.
	ecKey, err := crypto.HexToECDSA("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
	if err != nil {
		t.Fatal(err)
	}
	account, _ := hex.DecodeString("61d50346eed10404dbbf5854e7f0ce6d23c8f2aec63503283a190a4c330bbccf")
	ec := Extrinsic{Account: protocol.Hotkey(account), Scheme: ECDSA, Call: EncodeCall(calls()[0])}
	digest := blake2b.Sum256(ec.message(im))
	if ec.Signature, err = crypto.Sign(digest[:], ecKey); err != nil {
		t.Fatal(err)
	}
	for _, x := range []Extrinsic{ed, ec} {
		raw, err := x.Encode()
		if err != nil {
			t.Fatal(err)
		}
		y, err := Decode(raw)
		if err != nil || y.Verify(im) != nil {
			t.Errorf("%s: %v, %v", x.Scheme, err, y.Verify(im))
		}
		y.Signature[7] ^= 1
		if err := y.Verify(im); !errors.Is(err, protocol.ErrSignature) {
			t.Errorf("%s, changed: %v", x.Scheme, err)
		}
	}
	ec.Signature[64] = 7
	if err := ec.Verify(im); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("recovery id 7: %v", err)
	}
}

func TestEra(t *testing.T) {
	for _, tc := range []struct {
		period, block uint64
		era           Era
		wire          string
	}{
		{64, 42, Era{64, 42}, "a502"},
		{32768, 20000, Era{32768, 20000}, "4e9c"},
		{200, 513, Era{256, 1}, "1700"},
		{2, 1, Era{4, 1}, "1100"},
		{1 << 40, 1<<17 + 35, Era{1 << 16, 32}, "2f00"},
	} {
		e := MortalEra(tc.period, tc.block)
		if got := hex.EncodeToString(appendEra(nil, e)); e != tc.era || got != tc.wire {
			t.Errorf("era of %d at %d = %+v, %s", tc.period, tc.block, e, got)
		}
		if birth := e.Birth(tc.block); birth > tc.block || tc.block-birth >= quantum(e.Period) || e.Death(tc.block) != birth+e.Period {
			t.Errorf("era of %d at %d lives from %d to %d", tc.period, tc.block, birth, e.Death(tc.block))
		}
	}
	if (Era{}).Birth(9) != 0 || (Era{}).Death(9) != 1<<64-1 {
		t.Error("the immortal era has an end")
	}
	if got := (Era{64, 42}).Birth(105); got != 42 {
		t.Errorf("at 105 an era of 64 at 42 is born in %d", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	p := Params{Era: MortalEra(64, 42)}
	good, err := Sign(key(t), calls()[2], p)
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func([]byte) []byte{
		"length":            func(b []byte) []byte { return append(b, 0) },
		"elements promised": func(b []byte) []byte { return b[:len(b)-1] },
		"extrinsic version": func(b []byte) []byte { b[2] = 4; return b },
		"address form":      func(b []byte) []byte { b[3] = 1; return b },
		"scheme 9":          func(b []byte) []byte { b[36] = 9; return b },
		"no such era":       func(b []byte) []byte { b[101], b[102] = 0x51, 0xff; return b },
		"metadata mode":     func(b []byte) []byte { b[105] = 1; return b },
		"at most":           func([]byte) []byte { return make([]byte, MaxSize+1) },
		"ends early":        func([]byte) []byte { return nil },
	} {
		_, err := Decode(change(bytes.Clone(good)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, b := range [][]byte{nil, {7}, {7, 96, 1}, append(EncodeCall(calls()[2]), 0), make([]byte, MaxSize+1)} {
		if c, err := DecodeCall(b); err == nil || errors.Is(err, ErrUnknownCall) {
			t.Errorf("call of %d bytes: %v, %v", len(b), c, err)
		}
	}
	for _, b := range [][]byte{{7, 1}, {5, 0, 1, 0}} {
		if c, err := DecodeCall(b); !errors.Is(err, ErrUnknownCall) {
			t.Errorf("call %x: %v, %v", b, c, err)
		}
	}
}
