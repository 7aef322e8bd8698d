package desk

import (
	"database/sql"
	"net/netip"
	"time"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
)

// Limits of one answer to POST /api/v1/tasks.
const (
	mostLeased = 20        // tasks, and leases that a labeller has of a program
	mostShown  = 256 << 10 // bytes of items, but at least one task
	mostLeases = 3         // of one task to one labeller: the first, and two renewals
)

// task is a task as a labeller gets it.
type task struct {
	ID       item.Hash `json:"id"`
	Program  string    `json:"program"`
	Subjects []subject `json:"subjects"`
	Closes   time.Time `json:"closes"`
	Until    time.Time `json:"leased_until"`

	closing uint64
	since   int64
	until   int64 // of the lease, which can end after the task has closed
	leases  int   // that the labeller has had of it
	size    int
}

// lease gives a labeller, who asks from a network, up to limit tasks of a program: those
// that it has, and then others that nobody has. Of these the ones that close first come
// first, and among them chance decides, so that no labeller can choose.
func (d *Desk) lease(labeller string, network netip.Prefix, p listed, limit int) ([]task, error) {
	now := d.now()
	free, err := d.quotaLeft(d.reader, labeller, p, now)
	if err != nil {
		return nil, err
	}
	if free == 0 {
		return nil, refuse(CodeQuota, "%d answers to %s are what a labeller may give in a day", p.Labelling.Quota, p.Name)
	}
	limit = min(limit, mostLeased, free)
	var tasks []task
	var who standing
	err = d.write("leases", func(tx *sql.Tx) (err error) {
		if err := lapse(tx, now); err != nil {
			return err
		}
		if who, err = d.standing(tx, labeller, network, now); err != nil {
			return err
		}
		if who != regular && p.seen.Load() >= now-d.cfg.Seen.Milliseconds() {
			if limit, err = share(tx, who, labeller, p.Name, now, limit); err != nil {
				return err
			}
		}
		if tasks, err = d.candidates(tx, labeller, p.Name, now, limit); err != nil {
			return err
		}
		for i := range tasks {
			if err := d.extend(tx, labeller, &tasks[i], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.saw(who, now)
	return tasks, nil
}

// candidates are the tasks that the labeller has or can have. One that it had as often
// as it may is for others, as if it had skipped it.
func (d *Desk) candidates(tx *sql.Tx, labeller, name string, now int64, limit int) ([]task, error) {
	var tasks []task
	err := each(tx, func(scan func(...any) error) error {
		t := task{Program: name}
		var id []byte
		var holder string
		var closing int64
		if err := scan(&id, &holder, &t.since, &t.until, &closing, &t.leases); err != nil {
			return err
		}
		t.ID, t.closing = item.Hash(id), uint64(closing)
		if holder != labeller {
			t.since = now
		}
		tasks = append(tasks, t)
		return nil
	}, `SELECT t.id, t.holder, t.since, t.until, a.closing, coalesce(l.count, 0) AS had
		FROM tasks t JOIN assignments a ON a.digest = t.assignment LEFT JOIN leases l ON l.task = t.id AND l.labeller = ?
		WHERE t.program = ? AND t.open = 1 AND a.closing > ?
		AND (t.holder = ? AND t.until > ? OR (t.holder IN ('', ?) OR t.until <= ?) AND had < ?)
		AND NOT EXISTS (SELECT 1 FROM answers n WHERE n.task = t.id)
		AND NOT EXISTS (SELECT 1 FROM skips s WHERE s.task = t.id AND s.labeller = ?)
		ORDER BY t.holder = ? DESC, a.closing, random() LIMIT ?`,
		labeller, name, int64(d.clock.Load().round), labeller, now, labeller, now, mostLeases, labeller, labeller, limit)
	if err != nil {
		return nil, err
	}
	size := 0
	for i := range tasks {
		if err := readShown(tx, &tasks[i]); err != nil {
			return nil, err
		}
		if size += tasks[i].size; size > mostShown && i > 0 {
			return tasks[:i], nil
		}
	}
	return tasks, nil
}

// readShown reads what a task shows.
func readShown(q querier, t *task) error {
	return each(q, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		it, err := item.Decode(raw)
		if err != nil {
			return &database.CorruptError{What: "an item that is shown does not read", Err: err}
		}
		s, err := subjectOf(it)
		if err != nil {
			return &database.CorruptError{What: "an item that is shown does not read", Err: err}
		}
		t.Subjects = append(t.Subjects, s)
		t.size += len(raw)
		return nil
	}, `SELECT item FROM shown WHERE task = ? ORDER BY place`, t.ID[:])
}

// extend makes a task the labeller's. Where less than half a lease is left to it, it has
// another one from the end of that, but no more than mostLeases of a task. What is told is
// an end no later than the task closes.
func (d *Desk) extend(tx *sql.Tx, labeller string, t *task, now int64) error {
	term := d.cfg.Lease.Milliseconds()
	if t.until-now < term/2 && t.leases < mostLeases {
		if _, err := tx.Exec(`INSERT INTO leases VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1`, t.ID[:], labeller); err != nil {
			return err
		}
		t.until = max(t.until, now) + term
	}
	t.until = max(t.until, now)
	t.Closes = d.closes(t.closing).UTC()
	shown := t.until
	if at := t.Closes.UnixMilli(); at > now {
		shown = min(shown, at)
	}
	t.Until = time.UnixMilli(shown).UTC()
	_, err := tx.Exec(`UPDATE tasks SET holder = ?, since = ?, until = ? WHERE id = ?`, labeller, t.since, t.until, t.ID[:])
	return err
}

// quotaLeft is how many answers to a program a labeller may still give in this day.
func (d *Desk) quotaLeft(q querier, labeller string, p listed, now int64) (int, error) {
	const day = int64(24 * time.Hour / time.Millisecond)
	var given int
	err := q.QueryRow(`SELECT count(*) FROM answers WHERE labeller = ? AND at >= ? AND program = ?`, labeller, now-now%day, p.Name).Scan(&given)
	if err != nil {
		return 0, database.ReadError(err)
	}
	return max(0, p.Labelling.Quota-given), nil
}
