package casefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// reference is the folder of the reference vectors, beside the checkout.
const reference = "../../../shared/reference/yuma"

// vectors returns the paths of all files of epochs in a folder.
func vectors(t testing.TB, folder string) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"epoch_*.json", "yuma3_*.json", "gen_edge_cases.json", "gen_random_small.json"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

func never() error { return nil }

// TestVectorsRoundTrip runs every file of epochs, the copies and the originals, and
// compares the result with the file's, field by field.
func TestVectorsRoundTrip(t *testing.T) {
	copies, originals := vectors(t, "../testdata"), vectors(t, reference)
	if len(copies) < 19 {
		t.Fatalf("only %d files", len(copies))
	}
	if len(originals) == 0 {
		t.Log("the reference vectors are not beside this checkout: only the copies are tested")
	}
	for _, path := range append(copies, originals...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Epochs []struct{ Output map[string]json.RawMessage }
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		inputs, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var out bytes.Buffer
		if err := Run(&out, inputs, never); err != nil {
			t.Fatal(err)
		}
		var got struct{ Epochs []map[string]json.RawMessage }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Epochs) != len(want.Epochs) {
			t.Fatalf("%s: %d results, want %d", path, len(got.Epochs), len(want.Epochs))
		}
		for k, e := range want.Epochs {
			delete(e.Output, "fixed")
			for field, text := range e.Output {
				if !equalJSON(t, got.Epochs[k][field], text) {
					t.Errorf("%s, epochs[%d].%s: %s\nwant %s", path, k, field, got.Epochs[k][field], text)
				}
			}
			if len(e.Output) != len(got.Epochs[k]) {
				t.Errorf("%s, epochs[%d]: %d fields, want %d", path, k, len(got.Epochs[k]), len(e.Output))
			}
		}
	}
}

// equalJSON compares two values, numbers by their digits.
func equalJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for k, text := range [][]byte{a, b} {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&values[k]); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// least is a case with nothing but what must be there, and what a test adds.
func least(fields string) string {
	return `{"epochs":[{"input":{"n":2,"rao_emission":1,"current_block":1,"alpha_stake":[1,2]` + fields + `}}]}`
}

func TestDefaults(t *testing.T) {
	inputs, err := Decode([]byte(least("")))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Run(&out, inputs, never); err != nil {
		t.Fatal(err)
	}
	want := `{"epochs":[{"stake":[1,2],"stake_weight":[21845,43690],"active":[true,true],"consensus":[0,0],"incentive":[0,0],` +
		`"dividends":[0,0],"validator_trust":[0,0],"server_emission":[0,0],"validator_emission":[0,0],"emission":[0,0],` +
		`"new_validator_permits":[true,true],"bonds":{"rows":[],"of":[-1,-1]}}]}` + "\n"
	if out.String() != strings.Replace(want, "21845,43690", "21844,43689", 1) {
		t.Errorf("got  %swant %s", out.String(), want)
	}
	in := *inputs[0]
	if in.Yuma3 || in.CommitRevealEnabled || in.MaxAllowedValidators != 128 || in.Tempo != 360 || in.BondsPenalty != 65535 {
		t.Errorf("defaults: %+v", in)
	}
}

func TestEmptyListsAreLists(t *testing.T) {
	inputs, err := Decode([]byte(`{"epochs":[{"input":{"n":0,"rao_emission":1,"current_block":1,"alpha_stake":[]}},{"input":{"n":0,"rao_emission":1,"current_block":1,"alpha_stake":[]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Run(&out, inputs, never); err != nil || strings.Contains(out.String(), "null") || !json.Valid(out.Bytes()) {
		t.Errorf("%v: %s", err, out.String())
	}
	stopped := fmt.Errorf("stopped")
	if err := Run(&out, inputs, func() error { return stopped }); err != stopped {
		t.Errorf("a stop gave %v", err)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	row := func(cells string) string { return least(`,"weights":{"rows":[[],` + cells + `],"of":[1,-1]}`) }
	for _, c := range []struct{ text, want string }{
		{``, "the file ends too early"},
		{`[]`, "a list is not an object"},
		{`{}`, "epochs: is missing"},
		{`{"epochs":5}`, "epochs: 5 is not a list"},
		{`{"epochs":[5]}`, "epochs[0]: 5 is not an object"},
		{`{"epochs":[{}]}`, "epochs[0].input: is missing"},
		{`{"epochs":[{"input":null}]}`, "epochs[0].input: null is not an object"},
		{`{"epochs":[],"epochs":[]}`, "epochs: appears twice"},
		{`{"epochs":[]} {}`, "something follows"},
		{`{"epochs":[}`, "epochs: not valid JSON near byte"},
		{`{"epochs":[{"input":{"n":1}}]}`, "epochs[0].input.rao_emission: is missing"},
		{least(`,"n":2`), "epochs[0].input.n: appears twice"},
		{least(`,"kapa":2`), "epochs[0].input.kapa: is not a field of an input; known are active_commit_block, "},
		{least(`,"kappa":65536`), "epochs[0].input.kappa: 65536 is more than 65535"},
		{least(`,"kappa":-1`), "kappa: -1 is less than 0"},
		{least(`,"kappa":0.5`), "kappa: 0.5 is not a whole number from 0 to 65535"},
		{least(`,"kappa":1e3`), "kappa: 1e3 is not a whole number"},
		{least(`,"kappa":"7"`), `kappa: "7" is not a whole number`},
		{least(`,"kappa":null`), "kappa: null is not a whole number"},
		{least(`,"kappa":[1]`), "kappa: a list is not a whole number"},
		{least(`,"alpha_sigmoid_steepness":-32769`), "steepness: -32769 is less than -32768"},
		{least(`,"alpha_sigmoid_steepness":32768`), "steepness: 32768 is more than 32767"},
		{least(`,"stake_threshold":18446744073709551616`), "stake_threshold: 18446744073709551616 is more than 18446744073709551615"},
		{least(`,"tempo":` + strings.Repeat("9", 500)), "tempo: 9999999999999999999999999999999999999999... is more than 65535"},
		{least(`,"bonds_moving_average":2000001`), "bonds_moving_average: 2000001 is more than 2000000"},
		{least(`,"yuma3_enabled":1`), "yuma3_enabled: 1 is neither true nor false"},
		{least(`,"validator_permits":[true,null]`), "validator_permits[1]: null is neither"},
		{least(`,"validator_permits":true`), "validator_permits: true is not a list"},
		{least(`,"last_update":[1,"x"]`), `last_update[1]: "x" is not a whole number`},
		{least(`,"last_update":[` + strings.Repeat("0,", maxList) + `0]`), "last_update: has more than 65536 elements"},
		{least(`,"tao_stake":[1]`), "epochs[0].input.tao_stake: has 1 elements, n is 2"},
		{least(`,"tao_stake":[9223372036854775807,0]`), "tao_stake: sum to 2^63"},
		{least(`,"block_at_registration":[]`), ""},
		{least(`,"block_at_registration":[0]`), "block_at_registration: has 1 elements"},
		{least(`,"active_commit_block":[null,18446744073709551615]`), "active_commit_block[1]: 18446744073709551615 is more"},
		{least(`,"owner_uid":70000`), "owner_uid: 70000 is more than 65535"},
		{least(`,"weights":[[1,2]]`), `weights: a list is not an object {"rows"`},
		{least(`,"weights":{"cells":[]}`), "weights.cells: is neither rows nor of"},
		{least(`,"weights":{"of":[0],"of":[0]}`), "weights.of: appears twice"},
		{least(`,"weights":{"of":[0]}`), "weights.of[0]: 0 is no index into rows, of which there are 0"},
		{least(`,"weights":{"of":[-2]}`), "weights.of[0]: -2 is less than -1"},
		{least(`,"weights":{"of":[-1,-1,-1]}`), "weights.of: has 3 elements, n is 2"},
		{row(`[0,1,1,70000]`), "epochs[0].input.weights.rows[1][3]: 70000 is more than 65535"},
		{row(`[0,1,1]`), "weights.rows[1]: has 3 numbers, an odd count"},
		{row(`[1,1,0,2,1,3]`), "weights.rows[1]: has column 1 twice"},
		{row(`7`), "weights.rows[1]: 7 is not a list"},
		{`{"epochs":[{"input":{"n":65536}}]}`, "n: 65536 is more than 65535"},
	} {
		_, err := Decode([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%.80s: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%.80s: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestUnknownFieldsOutsideInputs(t *testing.T) {
	text := `{"note":{"a":[1,{}]},"epochs":[{"output":null,"expect":[{}],"input":{"alpha_stake":[],"n":0,"current_block":18446744073709551615,"rao_emission":1}}],"more":"x"}`
	inputs, err := Decode([]byte(text))
	if err != nil || inputs[0].Block != 1<<64-1 {
		t.Errorf("%v", err)
	}
}

// TestLimits: shared rows cannot make a small file a huge subnet, and a large file is
// not read at all.
func TestLimits(t *testing.T) {
	cells, ones, zeros := make([]string, 30000), make([]string, 600), make([]string, 600)
	for j := range cells {
		cells[j] = fmt.Sprintf("%d,1", j)
	}
	for i := range ones {
		ones[i], zeros[i] = "1", "0"
	}
	text := `{"epochs":[{"input":{"n":600,"rao_emission":1,"current_block":1,"alpha_stake":[` + strings.Join(ones, ",") +
		`],"bonds":{"rows":[[` + strings.Join(cells, ",") + `]],"of":[` + strings.Join(zeros, ",") + `]}}}]}`
	if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "bonds: brings the weights and bonds of this file to more than 16777216") {
		t.Errorf("shared rows: %v", err)
	}
	if _, err := Decode(make([]byte, MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "more than the 67108864 allowed") {
		t.Errorf("a large file: %v", err)
	}
}

// FuzzDecode looks for files that break the decoder, or that it takes and an epoch
// does not.
func FuzzDecode(f *testing.F) {
	for _, path := range vectors(f, "../testdata") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 10_000 {
			f.Add(data)
		}
	}
	f.Add([]byte(least(`,"weights":{"rows":[[1,5],[0,9]],"of":[0,1]},"last_update":[1,1],"validator_permits":[true,true]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		inputs, err := Decode(data)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Run(&out, inputs, never); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(out.Bytes()) {
			t.Fatalf("not JSON: %s", out.Bytes())
		}
	})
}
