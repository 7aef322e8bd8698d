package validator

import (
	"errors"
	"fmt"
	"time"

	"github.com/assaynet/assay/item"
)

// Settings are what an operator may choose. RoundBlocks is the subnet's, not the
// operator's: miners accept requests of the rounds around their own.
type Settings struct {
	// RoundBlocks is the length of a round, in blocks.
	RoundBlocks uint64 `yaml:"round_blocks"`
	// AskBudget is the time in which all miners of a round are asked, side by side.
	AskBudget time.Duration `yaml:"ask_budget"`
	// AskAtOnce is how many miners are asked at the same time. What is held in
	// memory is at most AskAtOnce answers under way and those of one round.
	AskAtOnce int `yaml:"ask_at_once"`
	// FetchBudget is the time in which a round's pages are fetched again.
	FetchBudget time.Duration `yaml:"fetch_budget"`
	// FetchAtOnce is how many pages are fetched at the same time.
	FetchAtOnce int `yaml:"fetch_at_once"`
	// ChainTimeout bounds one look at the chain, other than waiting for a head; what
	// is sent has chain.DefaultLandTimeout more.
	ChainTimeout time.Duration `yaml:"chain_timeout"`
	// VoteLead is how many blocks before an epoch the vote is cast. 0 is a
	// twentieth of the tempo, at least 3; it is never more than half of the tempo.
	// It is no setting of operators, who all have the default: only tests have others.
	VoteLead uint64 `yaml:"-"`
	// WeightsVersion is the version key sent with a vote.
	WeightsVersion uint64 `yaml:"weights_version"`
	// AskWithoutPermit opens rounds without a validator permit, where miners are
	// configured to answer anyone.
	AskWithoutPermit bool `yaml:"ask_without_permit"`
}

// DefaultSettings are those that ship.
func DefaultSettings() Settings {
	return Settings{
		RoundBlocks: 25,
		AskBudget:   30 * time.Second, AskAtOnce: 256,
		FetchBudget: 60 * time.Second, FetchAtOnce: 16,
		ChainTimeout: 60 * time.Second,
	}
}

// Check reports every setting that is out of range.
func (s Settings) Check() error {
	var errs []error
	in := func(name string, ok bool, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: want %s", name, want))
		}
	}
	in("round_blocks", s.RoundBlocks >= 1 && s.RoundBlocks <= 1<<20, "1 to 1048576 blocks")
	in("ask_budget", s.AskBudget >= 100*time.Millisecond && s.AskBudget <= time.Hour, "100ms to 1h")
	in("ask_at_once", s.AskAtOnce >= 1 && s.AskAtOnce <= 4096, "1 to 4096")
	in("fetch_budget", s.FetchBudget >= 100*time.Millisecond && s.FetchBudget <= time.Hour, "100ms to 1h")
	in("fetch_at_once", s.FetchAtOnce >= 1 && s.FetchAtOnce <= 1024, "1 to 1024")
	in("chain_timeout", s.ChainTimeout >= time.Second && s.ChainTimeout <= time.Hour, "1s to 1h")
	in("vote_lead", s.VoteLead <= 1<<20, "at most 1048576 blocks")
	return errors.Join(errs...)
}

// Config is what one validator is opened with.
type Config struct {
	Settings
	Software string // name and version, for the record
	Netuid   uint16
	Genesis  item.Hash // of the chain
	// Account is the address that the hotkey stands for, and MaxValidators how many
	// permits the subnet gives; both for messages only, and may be left out.
	Account       string
	MaxValidators uint16
	// Unfunded, if set, adds to an error how the account that cannot pay is given TAO.
	Unfunded func(error) error
	// SecretsPath is the file that keeps the seed of the round secrets. It is made
	// when absent, and must be as safe as the hotkey.
	SecretsPath string
	// SecretLength is how many secrets one seed gives; 0 is DefaultSecretLength.
	SecretLength uint64
	// Parameters and Programs are the texts that scoring follows.
	Parameters []byte
	Programs   [][]byte
	// Gold is what this validator alone knows: by program and content id, the answer
	// that a task about the item should get.
	Gold map[string]map[item.Hash]string
	// LabelItems are the items of labelling programs that take them from a file.
	LabelItems map[string][]*item.Item
	// OnRound, if set, is told of every closed round. It must not block.
	OnRound func(Summary)
}

func (c *Config) check() error {
	if c.SecretLength == 0 {
		c.SecretLength = DefaultSecretLength
	}
	if err := c.Settings.Check(); err != nil {
		return err
	}
	switch {
	case c.SecretsPath == "":
		return errors.New("the path of the secrets is missing")
	case len(c.Programs) == 0:
		return errors.New("no program is configured")
	}
	return nil
}
