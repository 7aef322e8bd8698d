package desk

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// kept is for how many rounds after its last one an assignment is remembered, with its
// answers. What labellers did is counted in the ledger for ever.
const keptRounds = 5000

// ahead is how many rounds before its last one an assignment is sealed, so that two
// chances are left to show a root that holds the answers, and one missed call of a
// validator is no loss.
const ahead = 2

// Seal ends the assignments whose answers must be committed to in this round, which are
// those due in the one after the next or before, and gives the answers as items by the
// name of their program. Until an assignment's last round has passed each call gives them
// again, the same ones, so that a miner that failed to store them can do so later.
func (d *Desk) Seal(round uint64) (map[string][]*item.Item, error) {
	var ending [][]byte
	collect := func(scan func(...any) error) error {
		var digest []byte
		if err := scan(&digest); err != nil {
			return err
		}
		ending = append(ending, digest)
		return nil
	}
	at := int64(min(round, 1<<62))
	if err := each(d.reader, collect, `SELECT digest FROM assignments WHERE state = ? AND due <= ?`, stateOpen, at+ahead); err != nil {
		return nil, fmt.Errorf("seal answers: %w", err)
	}
	if len(ending) > 0 {
		var sealed, missed int
		if err := d.write("seal", func(tx *sql.Tx) (err error) {
			if err := lapse(tx, d.now()); err != nil { // while their tasks are open
				return err
			}
			sealed, missed, err = seal(tx, at, ending)
			return err
		}); err != nil {
			return nil, err
		}
		d.cfg.Metrics.tasks("sealed", sealed)
		d.cfg.Metrics.tasks("missed", missed)
	}
	return d.sealed(at)
}

// seal ends assignments: with their answers, or without when their time is over. It
// counts the tasks that were answered in time and those that were not.
func seal(tx *sql.Tx, round int64, ending [][]byte) (sealed, missed int, err error) {
	for _, digest := range ending {
		state := stateSealed
		var due int64
		if err := tx.QueryRow(`SELECT due FROM assignments WHERE digest = ?`, digest).Scan(&due); err != nil {
			return 0, 0, database.ReadError(err)
		}
		if due < round {
			state = stateMissed
		}
		if err := end(tx, digest, state); err != nil {
			return 0, 0, err
		}
		var all, answered int
		if err := tx.QueryRow(`SELECT count(*), count(n.task) FROM tasks t LEFT JOIN answers n ON n.task = t.id WHERE t.assignment = ?`, digest).Scan(&all, &answered); err != nil {
			return 0, 0, database.ReadError(err)
		}
		if state == stateMissed {
			answered = 0
		}
		sealed, missed = sealed+answered, missed+all-answered
	}
	return sealed, missed, forget(tx, round-keptRounds)
}

// end closes the tasks of an assignment, drops what they showed and who had or skipped
// them, and counts its answers for their labellers if they are sealed.
func end(tx *sql.Tx, digest []byte, state int) error {
	statements := []string{
		`UPDATE tasks SET open = 0 WHERE assignment = ?`,
		`DELETE FROM shown WHERE task IN (SELECT id FROM tasks WHERE assignment = ?)`,
		`DELETE FROM skips WHERE task IN (SELECT id FROM tasks WHERE assignment = ?)`,
		`DELETE FROM leases WHERE task IN (SELECT id FROM tasks WHERE assignment = ?)`,
	}
	if state == stateSealed {
		statements = append(statements, `UPDATE labellers AS l SET sealed = l.sealed + s.n FROM (
			SELECT n.labeller, n.program, count(*) AS n FROM answers n JOIN tasks t ON t.id = n.task WHERE t.assignment = ? GROUP BY 1, 2
		) AS s WHERE l.labeller = s.labeller AND l.program = s.program`)
	}
	for _, s := range statements {
		if _, err := tx.Exec(s, digest); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE assignments SET state = ? WHERE digest = ?`, state, digest)
	return err
}

// forget drops assignments that were due before a round.
func forget(tx *sql.Tx, before int64) error {
	const old = `SELECT digest FROM assignments WHERE state != 0 AND due < ?`
	for _, s := range []string{
		`DELETE FROM answers WHERE task IN (SELECT id FROM tasks WHERE assignment IN (` + old + `))`,
		`DELETE FROM tasks WHERE assignment IN (` + old + `)`,
		`DELETE FROM assignments WHERE state != 0 AND due < ?`,
	} {
		if _, err := tx.Exec(s, before); err != nil {
			return err
		}
	}
	return nil
}

// sealed are the items of the sealed assignments whose last round has not passed.
func (d *Desk) sealed(round int64) (map[string][]*item.Item, error) {
	out := map[string][]*item.Item{}
	err := each(d.reader, func(scan func(...any) error) error {
		var digest, parents []byte
		var j item.Judgement
		var name string
		if err := scan(&digest, &name, &j.Index, &parents, &j.Answer, &j.Comment, &j.Labeller, &j.Millis, &j.Signature); err != nil {
			return err
		}
		p, ok := d.program(name)
		if !ok {
			return nil // the subnet no longer has it
		}
		if len(digest) != len(j.Assignment) || len(parents)%len(item.Hash{}) != 0 {
			return &database.CorruptError{What: "a digest of another length"}
		}
		j.Assignment = item.Hash(digest)
		it, err := itemOf(j, p.Licence, parents)
		if err != nil {
			return err
		}
		out[name] = append(out[name], it)
		return nil
	}, `SELECT a.digest, a.program, t.place, t.parents, n.answer, n.comment, n.labeller, n.millis, n.signature
		FROM assignments a JOIN tasks t ON t.assignment = a.digest JOIN answers n ON n.task = t.id
		WHERE a.state = ? AND a.due >= ? ORDER BY a.due, a.digest, t.place`, stateSealed, round)
	if err != nil {
		return nil, fmt.Errorf("read sealed answers: %w", err)
	}
	return out, nil
}

// itemOf is an answer as an item.
func itemOf(j item.Judgement, licence string, parents []byte) (*item.Item, error) {
	canonical, err := j.Canonical()
	if err != nil {
		return nil, err
	}
	it := &item.Item{
		Kind: item.KindJudgement, URI: item.TaskURI(j.Task()), Canonical: canonical,
		Label: j.Answer, Contributor: j.Labeller, Licence: licence,
	}
	for len(parents) > 0 {
		it.Parents = append(it.Parents, item.Hash(parents[:32]))
		parents = parents[32:]
	}
	return it, nil
}

// Mark notes the truths of a validator's own gold tasks, each once, when their answers
// are sealed. Marks of tasks that are open, or that this validator did not hand out, are
// left aside: labellers could learn the answer, or be slandered.
func (d *Desk) Mark(from protocol.Hotkey, marks []protocol.Mark) error {
	if len(marks) == 0 {
		return nil
	}
	return d.write("marks", func(tx *sql.Tx) error {
		for _, m := range marks {
			if err := d.mark(tx, from, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) mark(tx *sql.Tx, from protocol.Hotkey, m protocol.Mark) error {
	var labeller, name, answer string
	err := tx.QueryRow(`SELECT n.labeller, n.program, n.answer FROM answers n JOIN tasks t ON t.id = n.task JOIN assignments a ON a.digest = t.assignment
		WHERE n.task = ? AND n.truth = '' AND a.state = ? AND a.validator = ?`, m.Task[:], stateSealed, from[:]).Scan(&labeller, &name, &answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return database.ReadError(err)
	}
	p, ok := d.program(name)
	if !ok || p.Answers.Check(m.Truth) != nil {
		return nil
	}
	right := 0
	if p.Answers.Distance(answer, m.Truth) == 0 {
		right = 1
	}
	if _, err := tx.Exec(`UPDATE answers SET truth = ? WHERE task = ?`, m.Truth, m.Task[:]); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE labellers SET gold_asked = gold_asked + 1, gold_right = gold_right + ? WHERE labeller = ? AND program = ?`, right, labeller, name)
	return err
}
