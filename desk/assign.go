package desk

import (
	"bytes"
	"database/sql"
	"errors"
	"slices"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Bounds of what is kept for labellers. A validator hands out once a round and has as
// many assignments open as a program has rounds; some more, for those that it repeats.
const (
	mostOpen   = 1024
	mostRepeat = 4
)

// backlog is how many rounds' work of one validator may lie unanswered since earlier
// rounds before the desk wants no more: an unanswered task counts as wrong.
const backlog = 4

// Assignment is the work of one hand-out.
type Assignment struct {
	Digest    item.Hash // of the request; it names the tasks
	Validator protocol.Hotkey
	Round     uint64 // in which it was handed out
	Due       uint64 // the last round in which a root may be shown that holds the answers
	Program   string
	Tasks     []protocol.Task
}

// Assign takes in a hand-out: what earlier work came to, and tasks. It answers how many
// tasks of the program are wanted in the next round. Errors that say what is wrong with
// the request are *protocol.Failure; after a nil error the tasks are on the disk.
func (d *Desk) Assign(from protocol.Hotkey, round uint64, digest item.Hash, r *protocol.TasksRequest) (want uint16, err error) {
	if err := d.Mark(from, r.Marks); err != nil {
		return 0, err
	}
	a := Assignment{Digest: digest, Validator: from, Round: round, Due: r.Due, Program: r.Program, Tasks: r.Tasks}
	if len(r.Tasks) > 0 {
		if err := d.Take(a); err != nil {
			return 0, err
		}
	}
	return d.Want(r.Program)
}

// Take keeps an assignment. One that is known is not taken twice; one that hands out
// what the same validator handed out before, for the same round, takes its place.
func (d *Desk) Take(a Assignment) error {
	ready, content, err := d.prepare(a)
	if err != nil {
		d.cfg.Metrics.tasks("refused", len(a.Tasks))
		return err
	}
	fresh := false
	err = d.write("assignment", func(tx *sql.Tx) error {
		var known int
		if err := tx.QueryRow(`SELECT count(*) FROM assignments WHERE digest = ?`, a.Digest[:]).Scan(&known); err != nil || known > 0 {
			return err
		}
		if err := supersede(tx, a, content); err != nil {
			return err
		}
		if err := d.room(tx, a); err != nil {
			return err
		}
		fresh = true
		return insert(tx, a, ready, content)
	})
	if f, ok := errors.AsType[*protocol.Failure](err); ok {
		d.cfg.Metrics.tasks("refused", len(a.Tasks))
		return f
	}
	if err == nil && fresh {
		d.cfg.Metrics.tasks("taken", len(a.Tasks))
	}
	return err
}

// handed is a task on its way into the database.
type handed struct {
	id      item.Hash
	parents []byte // content ids, one after the other
	items   [][]byte
}

// prepare checks an assignment and decodes what it shows; content is a digest of that
// which does not depend on orders.
func (d *Desk) prepare(a Assignment) (ready []handed, content item.Hash, err error) {
	p, ok := d.program(a.Program)
	switch {
	case !ok:
		return nil, content, protocol.Fail(protocol.ReasonRefused, "no labelling of a program %q here", a.Program)
	case a.Due <= a.Round || a.Due-a.Round > p.Labelling.Rounds || a.Due >= 1<<62:
		return nil, content, protocol.Fail(protocol.ReasonMalformed, "tasks of round %d are due in round %d, want at most %d rounds later", a.Round, a.Due, p.Labelling.Rounds)
	case len(a.Tasks) > p.Labelling.Tasks:
		return nil, content, protocol.Fail(protocol.ReasonMalformed, "%d tasks, %s hands out at most %d", len(a.Tasks), p.Name, p.Labelling.Tasks)
	}
	var shown [][]byte
	for i, t := range a.Tasks {
		h := handed{id: item.TaskID(a.Digest, uint16(i)), items: t.Subjects}
		if len(t.Subjects) != p.Shown() {
			return nil, content, protocol.Fail(protocol.ReasonMalformed, "task %d shows %d items, want %d", i, len(t.Subjects), p.Shown())
		}
		var ids [][]byte
		for k, raw := range t.Subjects {
			it, err := item.Decode(raw)
			if err == nil {
				_, err = subjectOf(it)
			}
			if err != nil {
				return nil, content, protocol.Fail(protocol.ReasonMalformed, "task %d: %w", i, err)
			}
			id := it.ID()
			if k >= len(t.Subjects)-p.Judged() { // before it stands what a reviewed answer was about
				h.parents = append(h.parents, id[:]...)
			}
			ids = append(ids, id[:])
		}
		slices.SortFunc(ids, bytes.Compare)
		shown = append(shown, bytes.Join(ids, nil))
		ready = append(ready, h)
	}
	slices.SortFunc(shown, bytes.Compare)
	return ready, item.Sum("assay/desk/content/v1", shown...), nil
}

// supersede ends an open assignment that the same validator hands out again: the answer
// to its first try was lost, so that nobody will ask for that one.
func supersede(tx *sql.Tx, a Assignment, content item.Hash) error {
	var old []byte
	err := tx.QueryRow(`SELECT digest FROM assignments WHERE state = ? AND due = ? AND validator = ? AND program = ? AND content = ?`,
		stateOpen, a.Due, a.Validator[:], a.Program, content[:]).Scan(&old)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return database.ReadError(err)
	}
	return end(tx, old, stateMissed)
}

// room demands that there is room for an assignment.
func (d *Desk) room(tx *sql.Tx, a Assignment) error {
	var all, own int
	err := tx.QueryRow(`SELECT count(*), coalesce(sum(validator = ? AND program = ?), 0) FROM assignments WHERE state = ?`,
		a.Validator[:], a.Program, stateOpen).Scan(&all, &own)
	if err != nil {
		return database.ReadError(err)
	}
	p, _ := d.program(a.Program)
	if most := int(p.Labelling.Rounds) + mostRepeat; own >= most {
		return protocol.Fail(protocol.ReasonBusy, "%d assignments of %s are open, at most %d of a validator are taken", own, a.Program, most)
	}
	if all >= mostOpen {
		return protocol.Fail(protocol.ReasonBusy, "%d assignments are open, no more are taken", all)
	}
	return nil
}

func insert(tx *sql.Tx, a Assignment, ready []handed, content item.Hash) error {
	// What comes when the time for that is near, or is of a program with two rounds, has
	// the rest of this round.
	closing := max(a.Due, a.Round+1+ahead) - ahead
	if _, err := tx.Exec(`INSERT INTO assignments VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Digest[:], a.Validator[:], a.Program, int64(a.Round), int64(a.Due), int64(closing), content[:], stateOpen); err != nil {
		return err
	}
	for i, h := range ready {
		if _, err := tx.Exec(`INSERT INTO tasks VALUES (?, ?, ?, ?, ?, 1, '', 0, 0)`, h.id[:], a.Digest[:], i, a.Program, h.parents); err != nil {
			return err
		}
		for place, raw := range h.items {
			if _, err := tx.Exec(`INSERT INTO shown VALUES (?, ?, ?)`, h.id[:], place, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// Want is how many tasks of a program are wanted in the next round: as many as it hands
// out, while the policy says so and labellers keep up. While only newcomers are there it
// is none as long as a task of an earlier round is unanswered.
func (d *Desk) Want(name string) (uint16, error) {
	p, ok := d.program(name)
	if !ok || d.cfg.Take == TakeNever {
		return 0, nil
	}
	most, since := backlog*p.Labelling.Tasks, d.now()-d.cfg.Seen.Milliseconds()
	switch {
	case d.cfg.Take == TakeAlways || p.seen.Load() >= since:
	case p.seenNew.Load() >= since:
		most = 1
	default:
		return 0, nil
	}
	var left int
	err := d.reader.QueryRow(`SELECT count(*) FROM tasks t JOIN assignments a ON a.digest = t.assignment
		WHERE t.program = ? AND t.open = 1 AND a.round < ? AND NOT EXISTS (SELECT 1 FROM answers n WHERE n.task = t.id)`,
		name, int64(d.clock.Load().round)).Scan(&left)
	if err != nil {
		return 0, database.ReadError(err)
	}
	if left >= most {
		return 0, nil
	}
	return uint16(p.Labelling.Tasks), nil
}
