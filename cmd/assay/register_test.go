package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/devnet"
	"github.com/assaynet/assay/protocol"
)

func registerKey(name string) *protocol.Key { return protocol.DeriveKey([]byte("register " + name)) }

// nativeSeed is the seed of an sr25519 hotkey, as a Bittensor wallet keeps it.
const nativeSeed = "0707070707070707070707070707070707070707070707070707070707070707"

func registerNative(t *testing.T) *protocol.Sr25519Key {
	t.Helper()
	k, err := protocol.NewSr25519Key(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// registerChain is a devnet on which "hot" and "cold" are funded; it gives its
// address.
func registerChain(t *testing.T) string {
	t.Helper()
	g := devnet.DefaultGenesis()
	g.BlockTime, g.TimeMillis = 30*time.Millisecond, 1_700_000_000_000
	g.Balances = map[protocol.Hotkey]uint64{
		registerKey("hot").Hotkey(): 1e10, registerKey("cold").Hotkey(): 1e10, registerNative(t).Hotkey(): 1e10,
	}
	c, err := devnet.Open(t.TempDir(), g, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- c.Serve(ctx, l) }()
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// register runs the command with a hotkey of that name.
func register(t *testing.T, hotkey string, args ...string) (code int, out, talk string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hotkey")
	if err := os.WriteFile(file, []byte(registerKey(hotkey).Hex()), 0o600); err != nil {
		t.Fatal(err)
	}
	a, stdout, stderr := trial(append([]string{"register", "--key", file}, args...)...)
	code = a.run()
	return code, stdout.String(), stderr.String()
}

// on names the devnet at an address.
func on(address string, more ...string) []string {
	return append([]string{"--subtensor.network", "devnet", "--subtensor.chain_endpoint", "ws://" + address}, more...)
}

func TestRegisterOnDevnet(t *testing.T) {
	address := registerChain(t)
	if code, out, talk := register(t, "hot", on(address, "--max-burn", "0.0000001")...); code != codeRefused || !strings.Contains(talk, "RegistrationPriceLimitExceeded") || !strings.Contains(talk, "raise --max-burn") {
		t.Errorf("too dear: exit %d, %s%s", code, out, talk)
	}
	code, out, talk := register(t, "hot", on(address, "--max-burn", "0.5")...)
	if code != codeOK || !strings.Contains(out, "registered now, with uid 0") || !strings.Contains(out, registerKey("hot").Hotkey().SS58()) {
		t.Fatalf("exit %d, %s%s", code, out, talk)
	}
	code, out, talk = register(t, "hot", on(address)...)
	if code != codeOK || !strings.Contains(out, "registered already, with uid 0") {
		t.Errorf("again: exit %d, %s%s", code, out, talk)
	}
	code, out, _ = register(t, "hot", on(address, "--json")...)
	var r registration
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != codeOK || !r.Registered || !r.Before || r.UID == nil || *r.UID != 0 || r.Unsigned != nil {
		t.Errorf("as JSON: exit %d, %s, %v", code, out, err)
	}
	code, _, talk = register(t, "poor", on(address)...)
	_, rest, _ := strings.Cut(talk, " -d '")
	body, rest, found := strings.Cut(rest, "' http://"+address)
	if code == codeOK || !found || !strings.Contains(rest, "assay devnet --fund "+registerKey("poor").Address().Hex()) {
		t.Fatalf("without funds: exit %d, %s", code, talk)
	}
	resp, err := http.Post("http://"+address, "application/json", strings.NewReader(body)) // as it was told
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if code, _, talk := register(t, "poor", on(address)...); code != codeOK {
		t.Errorf("funded as told: exit %d, %s", code, talk)
	}
}

// A Bittensor wallet's hotkey registers by a native extrinsic.
func TestRegisterNativeHotkey(t *testing.T) {
	address := registerChain(t)
	file := filepath.Join(t.TempDir(), "hotkey")
	if err := os.WriteFile(file, []byte(`{"secretSeed": "0x`+nativeSeed+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a, out, talk := trial(append([]string{"register", "--key", file}, on(address)...)...)
	if code := a.run(); code != codeOK || !strings.Contains(out.String(), "registered now, with uid 0") || !strings.Contains(out.String(), registerNative(t).Hotkey().SS58()) {
		t.Errorf("exit %d, %s%s", code, out, talk)
	}
}

// What is printed is signed by a wallet of its own, as it is.
func TestRegisterUnsigned(t *testing.T) {
	address := registerChain(t)
	cold, hot := registerKey("cold"), registerKey("elsewhere")
	args := on(address, "--cold", cold.Address().Hex(), "--max-burn", "0.25", "--json")
	code, out, talk := register(t, "elsewhere", args...)
	var r registration
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != codeOK || r.Registered || r.Unsigned == nil {
		t.Fatalf("exit %d, %s%s, %v", code, out, talk, err)
	}
	u := *r.Unsigned
	if u.Limit != 250_000_000 || u.Price == 0 || u.PriceTAO != chain.TAO(u.Price) || *u.Coldkey != cold.Hotkey() || *u.Transaction.From != cold.Address() {
		t.Errorf("unsigned %+v", u)
	}
	if call, err := extrinsic.DecodeCall(u.Call); err != nil || call != (extrinsic.RegisterLimit{Netuid: 1, Hotkey: hot.Hotkey(), MaxBurn: u.Limit}) {
		t.Errorf("native call %+v, %v", call, err)
	}
	walletSigns(t, address, cold, u.Transaction)
	patient, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := chain.Dial(patient, chain.Config{Endpoints: []string{"ws://" + address}, Netuid: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for head := (chain.Head{}); ; {
		if head, err = client.NextHead(patient, head.Number); err != nil {
			t.Fatal(err)
		}
		m, err := client.Metagraph(patient, head)
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := m.ByHotkey(hot.Hotkey()); ok {
			if n.Coldkey != cold.Hotkey() {
				t.Errorf("owner %s", n.Coldkey)
			}
			break
		}
	}
	if code, out, _ := register(t, "elsewhere", args[:len(args)-1]...); code != codeOK || !strings.Contains(out, "registered already") {
		t.Errorf("afterwards: exit %d, %s", code, out)
	}
}

// walletSigns does with a transaction what an Ethereum wallet does.
func walletSigns(t *testing.T, address string, key *protocol.Key, tx chain.EthTransaction) {
	t.Helper()
	e, err := ethclient.DialContext(t.Context(), "http://"+address)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	signed, err := types.SignNewTx(key.ECDSA(), types.LatestSignerForChainID(tx.ChainID.ToInt()), &types.DynamicFeeTx{
		ChainID: tx.ChainID.ToInt(), Nonce: uint64(*tx.Nonce), To: &tx.To, Value: tx.Value.ToInt(), Data: tx.Data, Gas: uint64(tx.Gas),
		GasFeeCap: tx.MaxFeePerGas.ToInt(), GasTipCap: tx.MaxPriorityFeePerGas.ToInt(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SendTransaction(t.Context(), signed); err != nil {
		t.Fatal(err)
	}
}

func TestRegisterSignsNowhereElse(t *testing.T) {
	address := registerChain(t)
	// Under its own endpoint alone the devnet is a chain like any other.
	elsewhere := []string{"--netuid", "1", "--subtensor.chain_endpoint", "http://" + address}
	code, out, talk := register(t, "hot", append(elsewhere, "--sign")...)
	if code != codeUsage || !strings.Contains(talk, "only a devnet") || !strings.Contains(talk, "--sign") {
		t.Errorf("--sign elsewhere: exit %d, %s%s", code, out, talk)
	}
	code, out, talk = register(t, "hot", elsewhere...)
	for _, want := range []string{"Nothing was signed", `"data": "0x`, `"to": "0x0000000000000000000000000000000000000804"`, "burned_register", "price", "limit    none"} {
		if code != codeOK || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in %s%s", code, want, out, talk)
		}
	}
	if strings.Contains(out, `"from"`) || strings.Contains(out, `"nonce"`) {
		t.Errorf("a sender out of nowhere: %s", out)
	}
	poor := registerKey("poor")
	code, _, talk = register(t, "hot", append(elsewhere, "--cold", poor.Address().Hex())...)
	if code == codeOK || !strings.Contains(talk, poor.Hotkey().SS58()) {
		t.Errorf("a coldkey without funds: exit %d, %s", code, talk)
	}
	code, _, talk = register(t, "hot", on(address, "--sign", "--cold", poor.Address().Hex())...)
	if code != codeUsage || !strings.Contains(talk, "contradicts --cold") {
		t.Errorf("--sign and --cold: exit %d, %s", code, talk)
	}
	// A real chain that the operator calls a devnet.
	code, _, talk = register(t, "hot", "--subtensor.network", "devnet", "--subtensor.chain_endpoint", renamed(t, address))
	if code != codeUsage || !strings.Contains(talk, `is no devnet: nothing was signed`) {
		t.Errorf("a chain of another name: exit %d, %s", code, talk)
	}
}

// renamed is the chain at an address under the name of a real one.
func renamed(t *testing.T, address string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		var req struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal(body, &req) == nil && req.Method == "system_chain" {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"Bittensor"}`, req.ID)
			return
		}
		resp, err := http.Post("http://"+address, "application/json", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestRegisterRefusesAmounts(t *testing.T) {
	for text, ok := range map[string]bool{
		"1": true, "0.000000001": true, "12.5": true, "0": false, "0.0": false, "-1": false, "+1": false, ".5": false,
		"1e3": false, "0.0000000001": false, "99999999999": false, "1.-5": false, "a": false,
	} {
		a, _, talk := trial("register", "--max-burn", text, "--key", "/nowhere/hotkey")
		if code := a.run(); (code == codeKey) != ok || (code == codeUsage) == ok {
			t.Errorf("%s TAO: exit %d, %s", text, code, talk)
		}
	}
}
