package desk

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
)

// withdraw takes an answer or a skip back. The task is the labeller's again, by the lease
// that it had, or one more if there is one; without, others may take it from now on. Where
// it was the labeller's already, its lease is all that can change.
func (d *Desk) withdraw(labeller string, id item.Hash) (out task, err error) {
	now := d.now()
	err = d.write("withdrawal", func(tx *sql.Tx) error {
		h, err := d.held(tx, id, labeller)
		if err != nil {
			return err
		}
		// A skip can be taken back while the task is nobody else's.
		if h.skipped && h.holder == "" {
			h.skipped, h.holder, h.since, h.until = false, labeller, h.skippedWith.since, h.skippedWith.until
		}
		if err := h.mine(labeller); err != nil {
			return err
		}
		for _, s := range []string{`DELETE FROM skips WHERE task = ? AND labeller = ?`, `DELETE FROM answers WHERE task = ? AND labeller = ?`} {
			if _, err := tx.Exec(s, id[:], labeller); err != nil {
				return err
			}
		}
		if h.by != "" {
			if _, err := tx.Exec(`UPDATE labellers SET answered = answered - 1 WHERE labeller = ? AND program = ?`, labeller, h.program.Name); err != nil {
				return err
			}
		}
		out = task{ID: id, Program: h.program.Name, since: h.since, until: h.until, leases: h.leases}
		var closing int64
		if err := tx.QueryRow(`SELECT a.closing FROM tasks t JOIN assignments a ON a.digest = t.assignment WHERE t.id = ?`, id[:]).Scan(&closing); err != nil {
			return database.ReadError(err)
		}
		out.closing = uint64(closing)
		return d.extend(tx, labeller, &out, now)
	})
	return out, err
}

// reasons are why a labeller may skip a task.
var reasons = []string{"unclear", "broken", "language", "offensive", "other"}

// skip leaves a task to others; the same labeller does not get it again.
func (d *Desk) skip(labeller string, id item.Hash, reason string) error {
	if !slices.Contains(reasons, reason) {
		return refuse(CodeReason, "%.40q is none of %s", reason, strings.Join(reasons, ", "))
	}
	h, err := d.held(d.reader, id, labeller)
	if err != nil {
		return err
	}
	if h.skipped && h.by == "" && h.state == stateOpen {
		return nil
	}
	return d.write("skip", func(tx *sql.Tx) error {
		h, err := d.held(tx, id, labeller)
		if err != nil {
			return err
		}
		if err := h.mine(labeller); err != nil {
			return err
		}
		if h.by != "" {
			return refuse(CodeAnswered, "you have answered this task").cured("withdraw the answer first")
		}
		if _, err := tx.Exec(`INSERT INTO skips VALUES (?, ?, ?, ?, ?)`, id[:], labeller, reason, h.since, h.until); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE tasks SET holder = '', since = 0, until = 0 WHERE id = ?`, id[:])
		return err
	})
}
