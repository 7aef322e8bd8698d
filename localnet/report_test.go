package localnet

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

func TestEpochObject(t *testing.T) {
	v, m := protocol.Hotkey{1}, protocol.Hotkey{2}
	graph := &chain.Metagraph{Block: 48, Neurons: []chain.Neuron{
		{UID: 0, Hotkey: v, Stake: 4e12, ValidatorTrust: 65535, ValidatorPermit: true},
		{UID: 1, Hotkey: m, Incentive: 13107, Emission: 123456789},
	}}
	cast := map[protocol.Hotkey]actor{v: {roleValidator, "validator-1"}, m: {roleMiner, "honest-2"}}
	scores := []scoring.Score{{Hotkey: m, ValidShare: scoring.Share{Mean: 0.97, Lower: 0.93, Upper: 0.99, Checked: 212}, Value: 1.7, Weight: 0.2, Flags: []string{}}}
	var out bytes.Buffer
	if err := reportEpoch(4, graph, scores, cast).writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	want := `{"epoch":4,"block":48,"neurons":[` +
		`{"uid":0,"hotkey":"` + v.String() + `","role":"validator","profile":"validator-1","stake":4000000000000,"validator_trust":1,"consensus":0,"incentive":0,"dividends":0,"emission":0,"valid_share":null,"value":null,"weight":null,"flags":null},` +
		`{"uid":1,"hotkey":"` + m.String() + `","role":"miner","profile":"honest-2","stake":0,"validator_trust":0,"consensus":0,"incentive":0.2,"dividends":0,"emission":123456789,"valid_share":{"mean":0.97,"lower":0.93,"upper":0.99,"checked":212},"value":1.7,"weight":0.2,"flags":[]}]}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
	if !json.Valid(out.Bytes()) || strings.Count(out.String(), "\n") != 1 {
		t.Error("not one line of JSON")
	}
}
