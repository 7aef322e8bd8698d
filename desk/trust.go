package desk

import (
	"database/sql"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/assaynet/assay/database"
)

// Bounds of what is given to labellers that do not answer. A key costs nothing, so they
// hold for all keys together where they can; only a list of labellers keeps out someone
// who answers at random.
const (
	// lately is for how long a newcomer keeps its place, and a lapse counts.
	lately = time.Hour
	// vouches is for how long an answer speaks for its labeller.
	vouches = 24 * time.Hour
	// mostLapses is how many leases a labeller may let end since its last answer; then it
	// gets no tasks until some of them are older than lately.
	mostLapses = 10
	// Places for newcomers: of one network, and in all. A place is free again when its
	// newcomer has answered.
	placesOfNetwork = 3
	mostPlaces      = 6
	// placeTasks is how many tasks of a program a newcomer may have in any case, so that it
	// can answer some however many keys hold tasks.
	placeTasks = 2
)

// standing is how far a labeller is trusted.
type standing int

const (
	// stranger may label, but the desk takes no tasks for it.
	stranger standing = iota
	// newcomer has a place: the desk takes tasks for it until some stay unanswered.
	newcomer
	// regular has an answer that speaks for it, or is on the list of those who may sign
	// in. While one is there, the others together leave it half of the open tasks.
	regular
)

// newcomers are the labellers that have a place.
type newcomers struct {
	mu     sync.Mutex
	places []place
}

type place struct {
	labeller string
	network  netip.Prefix
	since    int64
}

// admit gives a labeller a place if there is one for it; one that it has, it keeps.
func (n *newcomers) admit(labeller string, network netip.Prefix, now int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.places = slices.DeleteFunc(n.places, func(p place) bool { return now-p.since >= lately.Milliseconds() })
	neighbours := 0
	for _, p := range n.places {
		if p.labeller == labeller {
			return true
		}
		if p.network == network {
			neighbours++
		}
	}
	if neighbours >= placesOfNetwork || len(n.places) >= mostPlaces {
		return false
	}
	n.places = append(n.places, place{labeller, network, now})
	return true
}

// leave frees the place of a labeller, if it has one.
func (n *newcomers) leave(labeller string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.places = slices.DeleteFunc(n.places, func(p place) bool { return p.labeller == labeller })
}

// standing is how far a labeller is trusted that asks for tasks. It refuses one that let
// too many leases end: that one rests.
func (d *Desk) standing(q querier, labeller string, network netip.Prefix, now int64) (standing, error) {
	var last int64
	if err := q.QueryRow(`SELECT coalesce(max(at), 0) FROM answers WHERE labeller = ?`, labeller).Scan(&last); err != nil {
		return stranger, database.ReadError(err)
	}
	var lapse int64 // the one that has to grow old
	err := q.QueryRow(`SELECT at FROM lapses WHERE labeller = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?`, labeller, max(last, now-lately.Milliseconds()), mostLapses-1).Scan(&lapse)
	switch {
	case err == nil:
		end := time.UnixMilli(lapse).Add(lately)
		at := end.UTC().Format(time.RFC3339)
		r := refuse(CodeBusy, "you let %d tasks lapse and have answered none since; there are no tasks for you until %s", mostLapses, at)
		r.after = end.Sub(time.UnixMilli(now))
		return stranger, r.cured("ask for tasks again at " + at + ", or answer one that you had and nobody else took")
	case !errors.Is(err, sql.ErrNoRows):
		return stranger, database.ReadError(err)
	case len(d.cfg.Labellers) > 0 || last > now-vouches.Milliseconds():
		return regular, nil
	case d.newcomers.admit(labeller, network, now):
		return newcomer, nil
	}
	return stranger, nil
}

// saw notes that a labeller asked for tasks of the program.
func (p listed) saw(who standing, now int64) {
	switch who {
	case regular:
		p.seen.Store(now)
	case newcomer:
		p.seenNew.Store(now)
	}
}

// share is how many tasks of a program a labeller may have that is no regular one, of the
// limit it asks for: what it has, and what is left of half the open tasks when those are
// counted that others have who are not regular; a newcomer may have placeTasks at least.
func share(tx *sql.Tx, who standing, labeller, name string, now int64, limit int) (int, error) {
	var open, own, others int
	err := tx.QueryRow(`SELECT count(*), coalesce(sum(t.holder = ?), 0),
			coalesce(sum(t.holder NOT IN ('', ?) AND NOT EXISTS (SELECT 1 FROM answers l WHERE l.labeller = t.holder AND l.at > ?)), 0)
		FROM (SELECT id, iif(until > ?, holder, '') AS holder FROM tasks WHERE program = ? AND open = 1) t
		WHERE NOT EXISTS (SELECT 1 FROM answers n WHERE n.task = t.id)`,
		labeller, labeller, now-vouches.Milliseconds(), now, name).Scan(&open, &own, &others)
	if err != nil {
		return 0, database.ReadError(err)
	}
	least := own
	if who == newcomer {
		least = max(own, placeTasks)
	}
	return min(limit, max(least, (open+1)/2-others)), nil
}

// lapse notes whose leases ended without an answer while the task was open, each once.
func lapse(tx *sql.Tx, now int64) error {
	for _, s := range []string{
		`INSERT INTO lapses SELECT holder, until FROM tasks WHERE open = 1 AND until > 0 AND until <= ? AND NOT EXISTS (SELECT 1 FROM answers n WHERE n.task = tasks.id)`,
		`UPDATE tasks SET until = 0 WHERE open = 1 AND until > 0 AND until <= ?`,
	} {
		if _, err := tx.Exec(s, now); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM lapses WHERE at <= ?`, now-lately.Milliseconds())
	return err
}
