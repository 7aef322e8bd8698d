package simulate

import (
	"fmt"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/zoo"
)

// hidden is what a validator has not published yet. As validator.Horizon says, a
// record is shown up to the newest vote that everyone can know.
type hidden struct {
	bodies []evidence.Body
	votes  []int // how many bodies there were at each vote that is still hidden
}

// note keeps what someone could learn from.
func (p *hidden) note(w *world, body evidence.Body) {
	if len(w.learners) == 0 {
		return
	}
	switch body.(type) {
	case *evidence.Exchange, *evidence.Tasks, *evidence.Truths:
		p.bodies = append(p.bodies, body)
	}
}

// publish tells those who learn what is public once the votes of an epoch are cast.
func (w *world) publish(epochs uint64) {
	for _, j := range w.judges {
		p := &j.hidden
		p.votes = append(p.votes, len(p.bodies))
		n := len(p.votes) - int(epochs)
		if n <= 0 {
			continue
		}
		shown := p.votes[n-1]
		for _, body := range p.bodies[:shown] {
			w.tell(body)
		}
		p.bodies = append([]evidence.Body(nil), p.bodies[shown:]...)
		p.votes = append([]int(nil), p.votes[n:]...)
		for i := range p.votes {
			p.votes[i] -= shown
		}
	}
}

func (w *world) tell(body evidence.Body) {
	for _, l := range w.learners {
		l.Learn(body)
	}
}

// overhear shows an answer to everyone where answers lie open, with what it is about.
func (w *world) overhear(m *miner, answer *item.Item, t protocol.Task) {
	if !w.labels.Open || len(w.learners) == 0 {
		return
	}
	shown := &evidence.Reading{
		Asked:   protocol.Envelope{Kind: protocol.KindTasksRequest, To: m.hotkey},
		Request: &protocol.TasksRequest{Tasks: []protocol.Task{t}},
	}
	said := &evidence.Reading{
		Asked: protocol.Envelope{Kind: protocol.KindItemsRequest, To: m.hotkey}, Request: &protocol.ItemsRequest{},
		Parts: []evidence.DrawnPart{{Drawn: []evidence.Drawn{{Item: answer}}}},
	}
	w.tell(&evidence.Exchange{Miner: m.hotkey, Calls: []evidence.Call{evidence.Told(shown, evidence.Answered, ""), evidence.Told(said, evidence.Answered, "")}})
}

// minds are those of the keys of one actor of a group; nil where it does not label.
func (w *world) minds(l Labeller, a *actor, keys int, seed uint64) ([]zoo.Mind, error) {
	if l.Kind == "" {
		return nil, nil
	}
	var minds []zoo.Mind
	expert := func(key int) zoo.Expert {
		id := item.Sum("assay/simulate/opinion", []byte(a.name), []byte{byte(key), byte(key >> 8)})
		o := &opinion{pages: w.pages, accuracy: l.spreadOf(w.pages.chance("accuracy", id[:], 0, 0)), id: id, looked: map[item.Hash]bool{}}
		a.experts = append(a.experts, o)
		return o
	}
	if l.Kind == "honest" {
		for i := range keys {
			minds = append(minds, expert(i))
		}
		return minds, nil
	}
	adversary, ok := zoo.FindRater(l.Kind)
	if !ok {
		return nil, fmt.Errorf("simulate: no adversary that labels is called %q", l.Kind)
	}
	settings := adversary.Defaults()
	for name, v := range l.Settings {
		settings[name] = v
	}
	minds = adversary.Minds(settings, seed, expert)
	for _, m := range minds {
		if learner, ok := m.(zoo.Learner); ok {
			w.learners = append(w.learners, learner)
		}
	}
	return minds, nil
}

// LabelReport is what an actor did as a labeller, since the beginning.
type LabelReport struct {
	Tasks, Answers uint64
	Looks          uint64 // different texts, or pairs of texts, that it looked at honestly
}

// labels is what an actor did as a labeller with the keys that it has now.
func (a *actor) labels() LabelReport {
	var r LabelReport
	for _, m := range a.keys {
		if m.worker != nil {
			r.Tasks, r.Answers = r.Tasks+m.worker.taken, r.Answers+m.worker.given
		}
	}
	for _, o := range a.experts {
		r.Looks += uint64(len(o.looked))
	}
	return r
}

// openLabelling reads the programs that judge.
func (w *world) openLabelling(sc *Scenario) error {
	w.labels, w.labelling = sc.Labels, map[string]*program.Program{}
	for _, source := range sc.Programs {
		p, err := program.Decode(source)
		if err != nil {
			return err
		}
		if p.Judges() {
			w.labelling[p.Name] = p
		}
	}
	return nil
}
