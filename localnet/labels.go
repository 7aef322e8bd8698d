package localnet

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/assaynet/assay/config"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/export"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/localnet/labeller"
	assay "github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/aggregate"
	"github.com/assaynet/assay/zoo"
)

// What a validator of the demo knows beforehand: for a share of all posts, another one
// for each validator, whether they are spam.
const (
	goldShare   = 0.3
	goldProgram = "spam"
)

// writeGold gives a validator its gold.
func (r *Run) writeGold(n node, cfg *config.Validator) error {
	var b bytes.Buffer
	seed := r.world.Seed + uint64(n.key.Hotkey()[0])<<8
	if err := labeller.Gold(&b, r.site, r.base(), seed, goldShare); err != nil {
		return err
	}
	file := filepath.Join(n.dir, "gold.csv")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write gold: %w", err)
	}
	cfg.Label.Gold = []string{goldProgram + "=" + file}
	return nil
}

// lookEvery is how often the copier reads what validators publish.
const lookEvery = 2 * time.Second

// openLabeller starts the program that labels for a miner, with a key of its own, over
// the miner's desk.
func (r *Run) openLabeller(n node, m *assay.Miner, log *slog.Logger) error {
	key := r.labellerKey(n)
	mind, err := r.mind(n.plays, key.Labeller(), log)
	if err != nil {
		return fmt.Errorf("open the labeller of %s: %w", n.profile, err)
	}
	l, err := labeller.New(labeller.Config{Desk: "http://" + m.DeskAddr().String(), Key: key, Mind: mind, Poll: r.poll(), Log: log})
	if err != nil {
		return fmt.Errorf("open the labeller of %s: %w", n.profile, err)
	}
	r.labelling.run("labeller of "+n.profile, l.Run)
	return nil
}

// poll is the pause between two looks for tasks: a part of a round.
func (r *Run) poll() time.Duration {
	return min(max(roundBlocks*r.world.BlockTime/4, 50*time.Millisecond), time.Second)
}

// labellerKey is the key of the one labeller of a miner, which no other may be.
func (r *Run) labellerKey(n node) *protocol.Key {
	return keyOf(r.world.Seed, "labeller of "+n.profile)
}

func (r *Run) mind(p Profile, self string, log *slog.Logger) (labeller.Mind, error) {
	switch p.Mind {
	case Constant:
		return zoo.Constant{Say: "ham"}, nil
	case Coin:
		return zoo.Coin{Seed: r.world.Seed}, nil
	case Colludes:
		return zoo.Pact{Secret: r.world.Seed}, nil
	case Copies:
		return labeller.NewCopier(r.published, lookEvery, self, log)
	case Studied:
		studies := labeller.Studies(r.world.Seed + uint64(p.Study)) // other mails each
		return labeller.NewBayes(studies[p.Study%len(studies)])
	}
	return nil, fmt.Errorf("there is no mind %d", p.Mind)
}

// tellLabels tells how good the labels are that the validators' records give, which the
// demo knows since it made the posts: the labels of the product, and for comparison the
// majority of all answers.
func (r *Run) tellLabels() error {
	var records []*export.Record
	for _, n := range r.cast {
		if n.role != roleValidator {
			continue
		}
		record, err := journal.OpenReadOnly(n.dir)
		if err != nil {
			return fmt.Errorf("read the record of %s: %w", n.profile, err)
		}
		of, err := export.Read(record.Entries(1), goldProgram)
		if err := errors.Join(err, record.Close()); err != nil {
			return fmt.Errorf("read the record of %s: %w", n.profile, err)
		}
		records = append(records, of)
	}
	var tasks []scoring.Judged
	var each [][]scoring.Judged
	for _, of := range records {
		tasks, each = append(tasks, of.Tasks...), append(each, of.Tasks)
	}
	if len(tasks) == 0 {
		return nil
	}
	made, err := aggregate.Labels(records[0].Program, each...)
	if err != nil {
		return fmt.Errorf("make labels: %w", err)
	}
	labels, majority, n := 0, 0, 0
	for _, t := range made.Tasks {
		if t.Gold {
			continue
		}
		it, err := item.Decode(tasks[t.At].Items[0])
		if err != nil {
			return fmt.Errorf("make labels: %w", err)
		}
		truth := r.site.Truth(path.Base(it.URI))
		n++
		if t.Label == truth {
			labels++
		}
		if t.Majority == truth {
			majority++
		}
	}
	if n == 0 {
		return nil
	}
	fmt.Fprintf(r.talk, "\nlabels     %s: %.2f %% right, of %d posts whose truth no validator knew, by %s\n", goldProgram, 100*float64(labels)/float64(n), n, made.Method)
	fmt.Fprintf(r.talk, "           %.2f %% by a plain majority of all answers\n", 100*float64(majority)/float64(n))
	fmt.Fprintf(r.talk, "           %.1f to %.1f %% as stated from %d held-out gold posts (95 %%)\n", 100*made.Accuracy.Lower, 100*made.Accuracy.Upper, made.Accuracy.Held)
	return nil
}
