package validator

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring"
)

// ErrOtherRecord is a record that these settings cannot go on with.
var ErrOtherRecord = errors.New("the record in the folder is another one: use its key, subnet and pace, or choose another folder")

func (v *Validator) recover() error {
	for e, err := range v.journal.Entries(1) {
		if err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		if err := v.fold(e); err != nil {
			return err
		}
	}
	s, begun := v.state.Started()
	if begun && (s.Validator != v.signer.Hotkey() || s.Netuid != v.cfg.Netuid || s.Genesis != v.cfg.Genesis) {
		return fmt.Errorf("%w: it is of validator %s on netuid %d of chain %s, this is %s on %d of %s", ErrOtherRecord,
			s.Validator.Short(), s.Netuid, s.Genesis.Short(), v.signer.Hotkey().Short(), v.cfg.Netuid, v.cfg.Genesis.Short())
	}
	if begun && s.RoundBlocks != v.cfg.RoundBlocks {
		return fmt.Errorf("%w: its rounds have %d blocks, those of the settings %d (round.blocks)", ErrOtherRecord,
			s.RoundBlocks, v.cfg.RoundBlocks)
	}
	var err error
	if v.secrets, err = loadSecrets(v.cfg.SecretsPath, v.cfg.SecretLength, s.Tip); err != nil {
		return err
	}
	seals, err := loadSeals(filepath.Join(filepath.Dir(v.cfg.SecretsPath), sealsFile))
	if err != nil {
		return err
	}
	v.labour = &Labour{State: v.state, Seals: seals, Gold: v.cfg.Gold, Items: v.cfg.LabelItems}
	if begun && v.secrets.tip() != s.Tip {
		v.log.Warn("new round secrets are announced", "file", v.cfg.SecretsPath, "entries", v.journal.Head().Seq,
			"why", "the file did not hold the seed of the secrets that the record announced; every replay counts that as one more tip")
	}
	if err := v.commit(v.start()); err != nil {
		return err
	}
	if err := v.enact(); err != nil {
		return err
	}
	v.gate.at = v.reached()
	v.publish()
	return nil
}

// start is the entry that announces this run and its secrets.
func (v *Validator) start() *evidence.Started {
	return &evidence.Started{
		Software: v.cfg.Software, Validator: v.signer.Hotkey(), Netuid: v.cfg.Netuid, Genesis: v.cfg.Genesis,
		Tip: v.secrets.tip(), Length: v.secrets.length, Fold: scoring.FoldVersion, RoundBlocks: v.cfg.RoundBlocks,
	}
}

// enact records the configured parameters and programs that are not in force yet.
func (v *Validator) enact() error {
	p, err := scoring.DecodeParameters(v.cfg.Parameters)
	if err == nil && len(p.Without) > 0 {
		err = scoring.ErrWithout
	}
	if err != nil {
		return err
	}
	changed := []evidence.Body{}
	if !slices.Equal(v.parameters, v.cfg.Parameters) {
		changed = append(changed, &evidence.Parameters{Source: v.cfg.Parameters})
	}
	names := map[string]bool{}
	for i, text := range v.cfg.Programs {
		p, err := program.Decode(text)
		if err != nil {
			return fmt.Errorf("program %d of the settings: %w", i+1, err)
		}
		if names[p.Name] {
			return fmt.Errorf("program %q is configured twice", p.Name)
		}
		names[p.Name] = true
		if !slices.Equal(v.programs[p.Name], text) {
			changed = append(changed, &evidence.Program{Source: text})
		}
	}
	for name := range v.programs {
		if !names[name] {
			return fmt.Errorf("program %q is in the record and cannot be left out: keep it in the settings, or begin a new record in an empty folder with a new hotkey "+
				"(heads of this record that miners hold would contradict a second record under the same one)", name)
		}
	}
	for _, body := range changed {
		if err := v.commit(body); err != nil {
			return err
		}
	}
	return nil
}
