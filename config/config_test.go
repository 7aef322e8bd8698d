package config

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the expected files; commit only a difference that you can explain")

// load fills a miner's settings as the command does.
func load(t *testing.T, environ []string, args ...string) (*Miner, *Table, error) {
	t.Helper()
	m := DefaultMiner()
	table := New("assay miner", m)
	fs := pflag.NewFlagSet("miner", pflag.ContinueOnError)
	table.Bind(fs)
	if err := fs.Parse(args); err != nil {
		problems := table.Unknown(fs, args)
		if loadErr, ok := table.Load(environ).(Problems); ok {
			problems = append(loadErr, problems...)
		}
		return m, table, problems
	}
	return m, table, table.Load(environ)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "assay.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func home() []string { return []string{"HOME=/home/op", "PATH=/bin"} }

func TestPrecedence(t *testing.T) {
	file := write(t, "axon:\n  port: 1001\n")
	env := append(home(), "ASSAY_AXON_PORT=1002")
	alias := append(home(), "BT_AXON_PORT=1003")
	for _, c := range []struct {
		name   string
		env    []string
		args   []string
		want   uint16
		source string
	}{
		{"default", home(), nil, 8091, "default"},
		{"file", home(), []string{"--config", file}, 1001, "file " + file + ":2:3"},
		{"environment over file", env, []string{"--config", file}, 1002, "environment ASSAY_AXON_PORT"},
		{"known alias", alias, []string{"--config", file}, 1003, "environment BT_AXON_PORT"},
		{"own name over alias", append(alias, "ASSAY_AXON_PORT=1002"), nil, 1002, "environment ASSAY_AXON_PORT"},
		{"empty variable is unset", append(home(), "ASSAY_AXON_PORT="), nil, 8091, "default"},
		{"flag over environment", env, []string{"--config", file, "--axon.port=1004"}, 1004, "flag --axon.port"},
		{"file by environment", append(home(), "ASSAY_CONFIG="+file), nil, 1001, "file " + file + ":2:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, table, err := load(t, c.env, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if m.Axon.Port != c.want || table.byKey["axon.port"].Source.String() != c.source {
				t.Errorf("port %d from %s, want %d from %s", m.Axon.Port, table.byKey["axon.port"].Source, c.want, c.source)
			}
		})
	}
}

func TestEveryBooleanCanBeSwitchedBothWays(t *testing.T) {
	for _, role := range Roles() {
		for _, s := range role.Table.Settings() {
			if !s.Switch() {
				continue
			}
			for arg, want := range map[string]string{
				"--" + s.Key: "true", "--" + s.Key + "=true": "true", "--" + s.Key + "=false": "false", "--no-" + s.Key: "false",
			} {
				fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
				role.Table.Bind(fs)
				s.raw[FromFlag] = nil
				if err := fs.Parse([]string{arg}); err != nil {
					t.Fatalf("%s: %v", arg, err)
				}
				if got := s.raw[FromFlag].texts[0]; got != want {
					t.Errorf("%s gives %s, want %s", arg, got, want)
				}
			}
		}
	}
}

func TestVariablesAreOneToOne(t *testing.T) {
	for _, role := range Roles() {
		seen := map[string]string{}
		for _, s := range role.Table.Settings() {
			for _, e := range s.Env {
				if seen[e] != "" {
					t.Errorf("%s stands for %s and %s", e, seen[e], s.Key)
				}
				seen[e] = s.Key
			}
			if s.Help == "" {
				t.Errorf("%s has no help", s.Key)
			}
		}
	}
}

func TestDefaultsParse(t *testing.T) {
	for _, role := range Roles() {
		for _, s := range role.Table.Settings() {
			if s.Default == "" || s.Many() {
				continue
			}
			v, err := s.parse([]string{s.Default})
			if err != nil {
				t.Errorf("%s: its own default does not parse: %v", s.Key, err)
			} else if !reflect.DeepEqual(v.Interface(), s.field.Interface()) {
				t.Errorf("%s: default %q reads back as %v", s.Key, s.Default, v)
			}
		}
	}
}

func TestAllFlagProblemsAtOnce(t *testing.T) {
	_, _, err := load(t, append(home(), "ASSAY_AXON_PROT=1", "ASSAY_EPOCHS=3", "ASSAY_ASK_BUDGET=1s"),
		"--axon.prot", "80", "--port=9", "--ask.budget=3s", "--axon.port", "x", "--log.level=debig", "--key.create=yes", "--zzz", "--axon.ip=::1", "--dir")
	want := []string{
		`ASSAY_AXON_PROT: unknown variable, did you mean ASSAY_AXON_PORT?`,
		`--axon.port: "x" is not a whole number from 0 to 65535`,
		`--axon.prot: unknown flag, did you mean --axon.port?`,
		`--port: unknown flag, did you mean --axon.port?`,
		`--ask.budget: unknown flag, assay miner does not have it, assay validator does`,
		`--log.level: "debig" is not one of trace, debug, info, warn, error, did you mean "debug"?`,
		`--key.create: "yes" is not a boolean, write true or false`,
		`--zzz: unknown flag`,
		`--dir: needs a value`,
	}
	if err == nil {
		t.Fatal("no problem found")
	}
	got := strings.Split(err.Error(), "\n")
	for _, line := range want {
		found := false
		for _, g := range got {
			found = found || g == line
		}
		if !found {
			t.Errorf("missing: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d problems, want %d:\n%v", len(got), len(want), err)
	}
	if !IsProblem(err) {
		t.Error("not a matter of usage")
	}
}

func TestReference(t *testing.T) {
	const path = "../docs/configuration.md"
	if *rewrite {
		if err := os.WriteFile(path, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Reference() {
		t.Error("docs/configuration.md is out of date: go test ./config -run TestReference -rewrite")
	}
}

func TestShowReadsBack(t *testing.T) {
	m, table, err := load(t, home(), "--source.feed=http://example.org/feed", "--fetch.allow=127.0.0.1:80,[::1]:81", "--netuid=7", "--log.level=warn", "--source.every=90s")
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	if err := table.Show(&shown); err != nil {
		t.Fatal(err)
	}
	// What is empty by default is not a value of its own.
	var lines []string
	for line := range strings.Lines(shown.String()) {
		if !strings.Contains(line, `: "" `) && !strings.HasPrefix(line, "subtensor.chain_endpoint") {
			lines = append(lines, line)
		}
	}
	again, _, err := load(t, home(), "--config", write(t, strings.Join(lines, "")))
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	if !reflect.DeepEqual(m, again) {
		t.Errorf("reads back as\n%+v\nwant\n%+v", again, m)
	}
}

func TestAnnouncedAddress(t *testing.T) {
	bound := netip.MustParseAddrPort("[::]:8091")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "127.0.0.1:8091"}, // the devnet of this machine
		{[]string{"--subtensor.network=test", "--netuid=1"}, "invalid AddrPort"},
		{[]string{"--subtensor.network=test", "--netuid=1", "--axon.external_ip=203.0.113.9"}, "203.0.113.9:8091"},
		{[]string{"--axon.external_ip=203.0.113.9", "--axon.external_port=9"}, "203.0.113.9:9"},
	} {
		m, _, err := load(t, home(), c.args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Axon.Announce(bound).String(); got != c.want {
			t.Errorf("%v: announces %s, want %s", c.args, got, c.want)
		}
	}
}
