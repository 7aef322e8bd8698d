package devnet

import (
	"errors"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

func nativeKey(t testing.TB, i byte) *protocol.Sr25519Key {
	t.Helper()
	k, err := protocol.NewSr25519Key(append(make([]byte, 31), i))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// nativeNet has a validator with an sr25519 hotkey and a funded one that is not
// registered.
func nativeNet(t testing.TB, change func(*Genesis)) (*Chain, *protocol.Sr25519Key, *protocol.Sr25519Key) {
	validator, other := nativeKey(t, 1), nativeKey(t, 2)
	g := smallGenesis(0, 0)
	g.StakeThreshold = 5
	g.Neurons = []GenesisNeuron{{Hotkey: validator.Hotkey(), AlphaStake: 1e12, ValidatorPermit: true}}
	g.Balances[validator.Hotkey()], g.Balances[other.Hotkey()] = testBalance, testBalance
	if change != nil {
		change(&g)
	}
	c, err := Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for range 3 {
		if _, err := c.Step(c.Head().Time); err != nil {
			t.Fatal(err)
		}
	}
	return c, validator, other
}

// signing is what a signer reads off the chain.
func (c *Chain) signing(t testing.TB, era extrinsic.Era, nonce uint32) extrinsic.Params {
	t.Helper()
	im, err := c.implicit(newState(c.tip().state), era)
	if err != nil {
		t.Fatal(err)
	}
	return extrinsic.Params{Implicit: im, Era: era, Nonce: nonce}
}

func TestCheckNative(t *testing.T) {
	c, validator, other := nativeNet(t, func(g *Genesis) { g.ServingRateLimit = 50 })
	vote := extrinsic.SetWeights{Netuid: 1, UIDs: []uint16{0}, Values: []uint16{1}}
	axon := extrinsic.ServeAxon{Netuid: 1, IP: scale.U128{Lo: 10<<24 + 1}, Port: 80, IPType: chain.IPv4}
	badIP, badPort := axon, axon
	badIP.IPType, badPort.Port = 9, 0
	era := extrinsic.MortalEra(128, c.Head().Number)
	for name, tc := range map[string]struct {
		key    *protocol.Sr25519Key
		call   extrinsic.Call
		change func(*extrinsic.Params)
		want   string
	}{
		"a vote":            {validator, vote, nil, ""},
		"immortal":          {validator, vote, func(p *extrinsic.Params) { *p = c.signing(t, extrinsic.Era{}, 0) }, ""},
		"a later nonce":     {validator, axon, func(p *extrinsic.Params) { p.Nonce = 3 }, ""},
		"register":          {other, extrinsic.BurnedRegister{Netuid: 1, Hotkey: other.Hotkey()}, nil, ""},
		"met in the block":  {other, extrinsic.BurnedRegister{Netuid: 0, Hotkey: other.Hotkey()}, nil, ""},
		"far nonce":         {validator, vote, func(p *extrinsic.Params) { p.Nonce = maxPerSender }, invalidFuture},
		"another runtime":   {validator, vote, func(p *extrinsic.Params) { p.SpecVersion++ }, invalidSignature},
		"another chain":     {validator, vote, func(p *extrinsic.Params) { p.Genesis[0]++ }, invalidSignature},
		"another birth":     {validator, vote, func(p *extrinsic.Params) { p.Birth[0]++ }, invalidSignature},
		"poor":              {nativeKey(t, 9), extrinsic.BurnedRegister{Netuid: 1}, nil, invalidPayment},
		"no stake":          {other, vote, nil, "Custom error: 1"},
		"no subnet":         {validator, extrinsic.SetWeights{Netuid: 7}, nil, "Custom error: 3"},
		"not registered":    {other, axon, nil, "Custom error: 10"},
		"address":           {validator, badIP, nil, "Custom error: 11"},
		"port":              {validator, badPort, nil, "Custom error: 13"},
		"nothing committed": {validator, extrinsic.RevealWeights{Netuid: 1}, nil, "Custom error: 16"},
		"lengths":           {validator, extrinsic.SetWeights{Netuid: 1, UIDs: []uint16{0}}, nil, "Custom error: 18"},
	} {
		p := c.signing(t, era, 0)
		if tc.change != nil {
			tc.change(&p)
		}
		raw, err := extrinsic.Sign(tc.key, tc.call, p)
		if err != nil {
			t.Fatal(err)
		}
		n, err := c.checkNative(newState(c.tip().state), raw)
		if tc.want == "" {
			if err != nil || n.Account != tc.key.Hotkey() || n.hash != extrinsic.Hash(raw) || n.death <= c.Head().Number {
				t.Errorf("%s: %+v, %v", name, n, err)
			}
			continue
		}
		var answer *rpcError
		if !errors.As(err, &answer) || answer.code != codeInvalidTx || answer.data != tc.want {
			t.Errorf("%s: %+v, want %s", name, err, tc.want)
		}
	}
	var answer *rpcError
	if _, err := c.checkNative(newState(c.tip().state), []byte{4, 0x84}); !errors.As(err, &answer) || answer.code != codeBadFormat {
		t.Errorf("no extrinsic: %v", err)
	}
}

// Each call does what the precompile's function of the same name does.
func TestApplyNative(t *testing.T) {
	c, validator, other := nativeNet(t, func(g *Genesis) { g.CommitReveal = true })
	st := newState(c.tip().state)
	salt := []uint16{1}
	vote := chain.Weights{UIDs: []uint16{0}, Values: []uint16{9}}
	hash := chain.CommitHash(validator.Hotkey(), 1, vote, salt)
	for _, step := range []struct {
		origin protocol.Hotkey
		call   extrinsic.Call
		want   error
	}{
		{other.Hotkey(), extrinsic.RegisterLimit{Netuid: 1, Hotkey: other.Hotkey(), MaxBurn: 1}, dispatchError("RegistrationPriceLimitExceeded")},
		{other.Hotkey(), extrinsic.RegisterLimit{Netuid: 1, Hotkey: other.Hotkey(), MaxBurn: 1e12}, nil},
		{other.Hotkey(), extrinsic.BurnedRegister{Netuid: 1, Hotkey: other.Hotkey()}, dispatchError("HotKeyAlreadyRegisteredInSubNet")},
		{other.Hotkey(), extrinsic.ServeAxonTLS{ServeAxon: extrinsic.ServeAxon{Netuid: 1, IP: scale.U128{Lo: 1 << 25}, Port: 8, IPType: chain.IPv4}, Certificate: []byte{1, 2}}, nil},
		{other.Hotkey(), extrinsic.ServePrometheus{Netuid: 1, IP: scale.U128{Lo: 1 << 25}, Port: 8, IPType: chain.IPv4}, nil},
		{validator.Hotkey(), extrinsic.SetWeights{Netuid: 1, UIDs: vote.UIDs, Values: vote.Values}, dispatchError("CommitRevealEnabled")},
		{validator.Hotkey(), extrinsic.CommitWeights{Netuid: 1, Hash: hash}, nil},
		{validator.Hotkey(), extrinsic.RevealWeights{Netuid: 1, UIDs: vote.UIDs, Values: vote.Values, Salt: salt}, dispatchError("RevealTooEarly")},
	} {
		if err := c.applyNative(st, step.origin, step.call); err != step.want {
			t.Errorf("%s: %v, want %v", step.call.Name(), err, step.want)
		}
	}
	uid, ok := st.uid(other.Hotkey())
	if !ok || st.neuron(uid).Axon.Port != 8 || len(st.certificate(other.Hotkey())) != 2 || len(st.commits(validator.Hotkey())) != 1 {
		t.Errorf("the state is not what was called: uid %d %v, %+v", uid, ok, st.neuron(uid))
	}
}

// Whatever is submitted is answered, and an extrinsic that passes is one.
func FuzzNative(f *testing.F) {
	c, validator, _ := nativeNet(f, nil)
	raw, err := extrinsic.Sign(validator, extrinsic.SetWeights{Netuid: 1, UIDs: []uint16{0}, Values: []uint16{1}}, c.signing(f, extrinsic.Era{}, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		st := newState(c.tip().state)
		n, err := c.checkNative(st, raw)
		if st.err != nil || len(st.changed) > 0 || (err == nil) == (n == nil) {
			t.Errorf("%x: %+v, %v, %v", raw, n, err, st.err)
		}
	})
}
