package config

import (
	"log/slog"
	"path/filepath"
	"strconv"
	"time"
)

// Log says what is logged and how. Logs go to stderr.
type Log struct {
	Level  string `key:"log.level" help:"least level that is logged" allow:"trace|debug|info|warn|error"`
	Format string `key:"log.format" help:"auto is text on a terminal and JSON elsewhere" allow:"auto|json|text"`
	Debug  bool   `key:"logging.debug" help:"same as log.level: debug" env:"BT_LOGGING_DEBUG"`
	Trace  bool   `key:"logging.trace" help:"same as log.level: trace" env:"BT_LOGGING_TRACE"`
}

// LevelTrace is below slog's debug level.
const LevelTrace = slog.LevelDebug - 4

func defaultLog() Log { return Log{Level: "info", Format: "auto"} }

// Threshold is the level as slog has it.
func (l Log) Threshold() slog.Level {
	switch l.Level {
	case "trace":
		return LevelTrace
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

func (l *Log) complete(t *Table, p *Problems) {
	alias, level := "", ""
	switch {
	case l.Trace:
		alias, level = "logging.trace", "trace"
	case l.Debug:
		alias, level = "logging.debug", "debug"
	default:
		return
	}
	if t.Given("log.level") && !t.failed("log.level") && l.Level != level {
		p.at(t.byKey[alias].Source, "contradicts log.level %s (%s); give only one of the two", l.Level, t.byKey["log.level"].Source)
		return
	}
	l.Level = level
}

// Ops is where a node tells about itself: /livez, /readyz, /metrics and its page.
type Ops struct {
	Listen string `key:"ops.listen" help:"address of health and metrics; keep it on loopback, nothing there asks for a password" form:"listen"`
}

// Data is where a node keeps what it must not lose.
type Data struct {
	Dir        string `key:"dir" help:"folder for the node's data (default $XDG_STATE_HOME/assay/<network>/<netuid>/<role>, or below ~/.local/state)"`
	Key        string `key:"key" help:"file with the hotkey, mode 0600 or 0400: an Ethereum keystore, 64 hex digits of a secp256k1 key, or a Bittensor hotkey (default <dir>/hotkey)"`
	KeyCreate  bool   `key:"key.create" help:"make the key file when there is none: a keystore if there is a passphrase for it, else hex digits"`
	Passphrase string `key:"key.passphrase-file" alias:"passphrase-file" help:"file with the passphrase of an encrypted hotkey, mode 0600 or 0400 (default the systemd credential assay-passphrase)"`
	Wallet     Wallet

	credentials string // systemd's folder
}

func (d *Data) complete(t *Table, role string, c Chain, env func(string) string, p *Problems) {
	d.credentials = env("CREDENTIALS_DIRECTORY")
	if d.Wallet.complete(t, env, p) {
		for _, key := range []string{"key", "key.create"} {
			if s := t.byKey[key]; t.Given(key) && (key == "key" || d.KeyCreate) {
				p.at(s.Source, "contradicts %s; the hotkey is either in the file of --key or in a Bittensor wallet, which is only read", t.walletSource())
			}
		}
	}
	if d.Dir = dataDir(d.Dir, role, c, env, p); d.Dir == "" {
		return
	}
	if d.Key == "" && !d.Wallet.chosen() {
		d.Key = filepath.Join(d.Dir, "hotkey")
	}
}

// dataDir is the folder that was given, or the one of a role on a subnet.
func dataDir(given, role string, c Chain, env func(string) string, p *Problems) string {
	if given != "" {
		return given
	}
	state := env("XDG_STATE_HOME")
	if state == "" && env("HOME") != "" {
		state = filepath.Join(env("HOME"), ".local", "state")
	}
	if state == "" {
		p.add("--dir", "must be given where neither XDG_STATE_HOME nor HOME is set")
		return ""
	}
	return filepath.Join(state, "assay", c.Network, strconv.Itoa(int(c.Netuid)), role)
}

// Subnet is what all nodes of a subnet must hold alike.
type Subnet struct {
	RoundBlocks uint64   `key:"round.blocks" help:"blocks in a validation round; the same for all nodes of a subnet" min:"1" max:"100000"`
	Programs    []string `key:"program" help:"program file, or the bare name of one within the binary, for each data product; the same for all nodes of a subnet (default forum)" form:"program"`
	Parameters  string   `key:"parameters" help:"file with the scoring parameters (default those within the binary)"`
}

func defaultSubnet() Subnet { return Subnet{RoundBlocks: 25} }

// Pace is how an embedded chain moves.
type Pace struct {
	Tempo     uint16        `key:"tempo" help:"blocks in an epoch" min:"2"`
	BlockTime time.Duration `key:"block-time" help:"time between blocks" min:"0.05" max:"3600"`
}
