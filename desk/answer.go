package desk

import (
	"bytes"
	"database/sql"
	"errors"
	"strings"
	"unicode"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// clockSlack is how much longer than its lease a labeller may say that it worked on a
// task, in milliseconds: clocks differ a little.
const clockSlack = 2000

// given is an answer as it is submitted.
type given struct {
	task      item.Hash
	answer    string
	comment   string
	millis    int64
	signature []byte
}

// held is a task and what has become of it.
type held struct {
	program     listed
	state       int
	holder      string
	since       int64
	until       int64
	leases      int    // that the labeller has had of it
	by          string // who answered; empty while nobody did
	answer      string
	comment     string
	millis      int64
	changes     int
	skipped     bool // by the labeller that asks
	skippedWith lent
}

// lent is from when to when a labeller has a task.
type lent struct{ since, until int64 }

func (d *Desk) held(q querier, task item.Hash, labeller string) (h held, err error) {
	var name string
	err = q.QueryRow(`SELECT t.program, a.state, t.holder, t.since, t.until, coalesce(l.count, 0),
			coalesce(n.labeller, ''), coalesce(n.answer, ''), coalesce(n.comment, ''), coalesce(n.millis, 0), coalesce(n.changes, 0),
			s.task IS NOT NULL, coalesce(s.since, 0), coalesce(s.until, 0)
		FROM tasks t JOIN assignments a ON a.digest = t.assignment LEFT JOIN answers n ON n.task = t.id
		LEFT JOIN skips s ON s.task = t.id AND s.labeller = ? LEFT JOIN leases l ON l.task = t.id AND l.labeller = ? WHERE t.id = ?`, labeller, labeller, task[:]).
		Scan(&name, &h.state, &h.holder, &h.since, &h.until, &h.leases, &h.by, &h.answer, &h.comment, &h.millis, &h.changes,
			&h.skipped, &h.skippedWith.since, &h.skippedWith.until)
	if errors.Is(err, sql.ErrNoRows) {
		return h, refuse(CodeUnknownTask, "there is no task %s here", task)
	}
	if err != nil {
		return h, database.ReadError(err)
	}
	p, ok := d.program(name)
	if !ok {
		return h, refuse(CodeUnknownProgram, "the subnet no longer has the program %q", name)
	}
	h.program = p
	return h, nil
}

// mine demands that a labeller may act on a task.
func (h *held) mine(labeller string) error {
	switch {
	case h.by != "" && h.by != labeller:
		return refuse(CodeAnswered, "another labeller has answered this task")
	case h.by == labeller && h.state != stateOpen:
		return refuse(CodeSealed, "the answer to this task is final")
	case h.state != stateOpen:
		return refuse(CodeClosed, "the time of this task is over")
	case h.holder != "" && h.holder != labeller:
		return refuse(CodeNotYours, "this task is leased to another labeller")
	case h.skipped:
		return refuse(CodeNotYours, "you skipped this task").cured("withdraw the skip first")
	case h.holder == "":
		return refuse(CodeNotYours, "this task is not leased to you")
	}
	return nil
}

// kept is what came of an answer.
type kept struct {
	Task    item.Hash `json:"task"`
	State   string    `json:"state"`
	Changes int       `json:"changes"`

	result string // for the metrics
}

// submit keeps a labeller's answer, or changes it. The same answer again is kept as it
// is, also when it is sealed.
func (d *Desk) submit(labeller string, g given) (k kept, err error) {
	now := d.now()
	h, err := d.held(d.reader, g.task, labeller)
	if err != nil {
		return k, err
	}
	same := h.by == labeller && h.answer == g.answer && h.comment == g.comment && h.millis == g.millis
	if !same {
		if err := h.mine(labeller); err != nil {
			return k, err
		}
	}
	if err := d.valid(labeller, h, g, now); err != nil {
		return k, err
	}
	if same {
		return kept{g.task, stateName(h.state), h.changes, "same"}, nil
	}
	err = d.write("answer", func(tx *sql.Tx) (err error) {
		if h, err = d.held(tx, g.task, labeller); err != nil {
			return err
		}
		if err := h.mine(labeller); err != nil {
			return err
		}
		k, err = d.keep(tx, labeller, h, g, now)
		return err
	})
	if err == nil {
		d.newcomers.leave(labeller)
	}
	return k, err
}

// valid checks an answer to a task, the signature last.
func (d *Desk) valid(labeller string, h held, g given, now int64) error {
	if err := h.program.Answers.Check(g.answer); err != nil {
		return refuse(CodeAnswerSpace, "%v", err)
	}
	if len(g.comment) > item.MaxComment {
		return refuse(CodeTooLarge, "the comment has %d bytes, at most %d are allowed", len(g.comment), item.MaxComment)
	}
	if !plain(g.comment) {
		return refuse(CodeMarkup, "the comment holds markup or control characters")
	}
	if most := now - h.since + clockSlack; g.millis < 1 || g.millis > most || g.millis >= 1<<32 {
		return refuse(CodeTimeClaim, "%d ms were claimed for a task that was leased %d ms ago", g.millis, now-h.since)
	}
	text := protocol.JudgementText(h.program.Name, g.task, g.answer, g.comment, uint32(g.millis))
	if err := protocol.VerifyLabeller(labeller, text, g.signature); err != nil {
		return refuse(CodeSignature, "the signature is not by %s over this answer to this task", labeller)
	}
	return nil
}

// plain reports whether a text is plain: no tags, and no control characters but line
// ends.
func plain(s string) bool {
	for i, r := range s {
		switch {
		case r == '\n':
		case unicode.IsControl(r):
			return false
		case r == '<':
			next := strings.ToLower(s[i+1 : min(i+2, len(s))])
			if next != "" && (next[0] >= 'a' && next[0] <= 'z' || strings.Contains("/!?", next)) {
				return false
			}
		}
	}
	return true
}

// keep stores an answer, which is valid.
func (d *Desk) keep(tx *sql.Tx, labeller string, h held, g given, now int64) (kept, error) {
	if h.by == labeller {
		_, err := tx.Exec(`UPDATE answers SET answer = ?, comment = ?, millis = ?, signature = ?, changes = changes + 1 WHERE task = ?`,
			g.answer, g.comment, g.millis, g.signature, g.task[:])
		return kept{g.task, stateName(stateOpen), h.changes + 1, "changed"}, err
	}
	left, err := d.quotaLeft(tx, labeller, h.program, now)
	if err != nil {
		return kept{}, err
	}
	if left == 0 {
		return kept{}, refuse(CodeQuota, "%d answers to %s are what a labeller may give in a day", h.program.Labelling.Quota, h.program.Name)
	}
	if _, err := tx.Exec(`INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, '')`,
		g.task[:], labeller, h.program.Name, g.answer, g.comment, g.millis, bytes.Clone(g.signature), now); err != nil {
		return kept{}, err
	}
	_, err = tx.Exec(`INSERT INTO labellers VALUES (?, ?, 1, 0, 0, 0) ON CONFLICT DO UPDATE SET answered = answered + 1`, h.program.Name, labeller)
	return kept{g.task, stateName(stateOpen), 0, "kept"}, err
}

// stateName is the state of an answer for people.
func stateName(state int) string {
	switch state {
	case stateSealed:
		return "sealed"
	case stateMissed:
		return "missed"
	}
	return "kept"
}
