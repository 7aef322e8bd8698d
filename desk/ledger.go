package desk

import (
	"net/http"
	"time"

	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/item"
)

// Bounds of what is listed.
const (
	mostRecent    = 20
	mostLabellers = 1000 // of a program, those with the most points
)

// tally is what a labeller did for a program.
type tally struct {
	Answered  int64   `json:"answered"`
	Sealed    int64   `json:"sealed"`
	GoldAsked int64   `json:"gold_asked"`
	GoldRight int64   `json:"gold_right"`
	Points    float64 `json:"points"`
}

// score sets the points:
//
//	sealed × max(0, 2·(right + 1)/(asked + 2) − 1)
//
// The share of right gold answers is drawn towards a half, so that without gold, and at
// chance level, there are none.
func (t *tally) score() {
	skill := 2*float64(t.GoldRight+1)/float64(t.GoldAsked+2) - 1
	t.Points = float64(t.Sealed) * max(0, skill)
}

// programView is a program as GET /api/v1/desk shows it.
type programView struct {
	Name       string      `json:"name"`
	About      string      `json:"about"`
	Question   string      `json:"question"`
	Guidelines string      `json:"guidelines_html"`
	Task       string      `json:"task"`
	Answers    answersView `json:"answers"`
	Quota      int         `json:"quota"`
	Open       int         `json:"open"` // tasks that nobody has
	PerRound   int         `json:"tasks_per_round"`
}

type answersView struct {
	Type   string   `json:"type"`
	Labels []string `json:"labels"`
	Min    float64  `json:"min"`
	Max    float64  `json:"max"`
	Step   float64  `json:"step"`
}

func (d *Desk) getDesk(*http.Request) (any, error) {
	round := d.clock.Load().round
	programs := []programView{}
	for _, p := range d.programs {
		v := programView{
			Name: p.Name, About: p.About, Question: p.Question, Guidelines: p.guidelines, Task: p.Task,
			Answers: answersView{string(p.Answers.Type), p.choices(), p.Answers.Min, p.Answers.Max, p.Answers.Step},
			Quota:   p.Labelling.Quota, PerRound: p.Labelling.Tasks,
		}
		err := d.reader.QueryRow(`SELECT count(*) FROM tasks t JOIN assignments a ON a.digest = t.assignment
			WHERE t.program = ? AND t.open = 1 AND a.closing > ? AND t.until <= ? AND NOT EXISTS (SELECT 1 FROM answers n WHERE n.task = t.id)`,
			p.Name, int64(round), d.now()).Scan(&v.Open)
		if err != nil {
			return nil, database.ReadError(err)
		}
		programs = append(programs, v)
	}
	return map[string]any{"miner": d.cfg.Miner, "netuid": d.cfg.Netuid, "chain_id": d.cfg.ChainID, "round": round, "programs": programs}, nil
}

// recent is one of a labeller's last answers.
type recent struct {
	Task    item.Hash `json:"task"`
	Program string    `json:"program"`
	Answer  string    `json:"answer"`
	State   string    `json:"state"`
	Truth   string    `json:"truth"` // of gold that is spent; else empty
}

// me is what a labeller did and earned in all programs.
type me struct {
	Labeller string `json:"labeller"`
	tally
	QuotaLeft int            `json:"quota_left"` // the sum of Quota
	Quota     map[string]int `json:"quota"`      // answers that are left of this day, by program
	Recent    []recent       `json:"recent"`
}

func (d *Desk) getMe(labeller string, _ *http.Request) (any, error) {
	m := me{Labeller: labeller, Quota: map[string]int{}, Recent: []recent{}}
	err := each(d.reader, func(scan func(...any) error) error {
		var t tally
		if err := scan(&t.Answered, &t.Sealed, &t.GoldAsked, &t.GoldRight); err != nil {
			return err
		}
		t.score()
		m.Answered += t.Answered
		m.Sealed += t.Sealed
		m.GoldAsked += t.GoldAsked
		m.GoldRight += t.GoldRight
		m.Points += t.Points
		return nil
	}, `SELECT answered, sealed, gold_asked, gold_right FROM labellers WHERE labeller = ?`, labeller)
	if err != nil {
		return nil, err
	}
	now := d.now()
	for _, p := range d.programs {
		left, err := d.quotaLeft(d.reader, labeller, p, now)
		if err != nil {
			return nil, err
		}
		m.Quota[p.Name] = left
		m.QuotaLeft += left
	}
	err = each(d.reader, func(scan func(...any) error) error {
		var r recent
		var id []byte
		var state int
		if err := scan(&id, &r.Program, &r.Answer, &r.Truth, &state); err != nil {
			return err
		}
		r.Task, r.State = item.Hash(id), stateName(state)
		m.Recent = append(m.Recent, r)
		return nil
	}, `SELECT n.task, n.program, n.answer, n.truth, a.state FROM answers n JOIN tasks t ON t.id = n.task JOIN assignments a ON a.digest = t.assignment
		WHERE n.labeller = ? ORDER BY n.at DESC, n.rowid DESC LIMIT ?`, labeller, mostRecent)
	return m, err
}

// ledgerRow is a labeller's line in the ledger of a program.
type ledgerRow struct {
	Labeller string `json:"labeller"`
	tally
	Share float64 `json:"share"` // of the program's points
}

type ledgerView struct {
	Name      string      `json:"name"`
	Labellers []ledgerRow `json:"labellers"`
}

// ledgerAge is how old the ledger that is shown may be: making it reads every labeller.
const ledgerAge = 2 * time.Second

func (d *Desk) getLedger(*http.Request) (any, error) {
	d.ledgerLock.Lock()
	defer d.ledgerLock.Unlock()
	now := d.cfg.Now()
	if age := now.Sub(d.ledgerAt); d.ledger != nil && age >= 0 && age < ledgerAge {
		return d.ledger, nil
	}
	programs := []ledgerView{}
	for _, p := range d.programs {
		v, err := d.ledgerOf(p.Name)
		if err != nil {
			return nil, err
		}
		programs = append(programs, v)
	}
	d.ledger, d.ledgerAt = map[string][]ledgerView{"programs": programs}, now
	return d.ledger, nil
}

func (d *Desk) ledgerOf(name string) (ledgerView, error) {
	v := ledgerView{Name: name, Labellers: []ledgerRow{}}
	all := 0.0
	err := each(d.reader, func(scan func(...any) error) error {
		var r ledgerRow
		if err := scan(&r.Labeller, &r.Answered, &r.Sealed, &r.GoldAsked, &r.GoldRight); err != nil {
			return err
		}
		r.score()
		all += r.Points
		if len(v.Labellers) < mostLabellers {
			v.Labellers = append(v.Labellers, r)
		}
		return nil
	}, `SELECT labeller, answered, sealed, gold_asked, gold_right FROM labellers WHERE program = ?
		ORDER BY sealed * max(0, 2.0 * (gold_right + 1) / (gold_asked + 2) - 1) DESC, answered DESC, labeller`, name)
	if all > 0 {
		for i := range v.Labellers {
			v.Labellers[i].Share = v.Labellers[i].Points / all
		}
	}
	return v, err
}
