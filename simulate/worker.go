package simulate

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/zoo"
)

// worker is the labelling side of a miner: it takes what validators hand out, and commits
// to the answers of its mind.
type worker struct {
	mind zoo.Mind
	key  *protocol.Key // of its one labeller
	// seals is how many rounds before the last one it commits: an honest miner does so
	// two rounds before, others at the last moment, when they know the most.
	seals uint64
	taken uint64 // tasks, ever
	given uint64 // answers

	mu      sync.Mutex // validators ask side by side
	waiting []assigned
}

// assigned is a hand-out.
type assigned struct {
	validator  protocol.Hotkey
	round, due uint64
	program    *program.Program
	digest     item.Hash
	tasks      []protocol.Task
	marks      []protocol.Mark
}

func newWorker(w *world, m *miner, mind zoo.Mind, honest bool) *worker {
	k := &worker{mind: mind, key: labellerKey(w.seed, m.hotkey)}
	if honest {
		k.seals = 2
	}
	return k
}

// labellerKey is the key of the one labeller of a miner.
func labellerKey(seed uint64, h protocol.Hotkey) *protocol.Key {
	return protocol.DeriveKey(fmt.Appendf(nil, "labeller of %x in %d", h, seed))
}

func (k *worker) take(a assigned) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting = append(k.waiting, a)
}

// flush commits to the answers whose time has come, in an order that does not depend on
// which validator was quicker.
func (k *worker) flush(w *world, m *miner) error {
	slices.SortFunc(k.waiting, func(a, b assigned) int {
		return cmp.Or(cmp.Compare(a.round, b.round), bytes.Compare(a.validator[:], b.validator[:]), cmp.Compare(a.program.Name, b.program.Name))
	})
	open := k.waiting[:0:0]
	for _, a := range k.waiting {
		if marked, ok := k.mind.(zoo.Marked); ok && len(a.marks) > 0 {
			marked.Told(a.program.Name, a.marks)
		}
		a.marks = nil
		switch {
		case len(a.tasks) == 0:
		case w.round+k.seals < a.due:
			open = append(open, a)
		default:
			if err := k.answer(w, m, a); err != nil {
				return err
			}
		}
	}
	k.waiting = open
	return nil
}

// answer commits to the answers to a hand-out.
func (k *worker) answer(w *world, m *miner, a assigned) error {
	for i, t := range a.tasks {
		task, parents, err := shownTask(a, i, t, w.began+int64(a.round)*w.roundSeconds)
		if err != nil {
			return err
		}
		k.taken++
		answer, ok := k.mind.Answer(context.Background(), task)
		if !ok || a.program.Answers.Check(answer) != nil {
			continue
		}
		k.given++
		it, err := k.judgement(a, uint16(i), answer, parents)
		if err != nil {
			return err
		}
		key, err := a.program.Key(it)
		if err != nil {
			return fmt.Errorf("simulate: an answer of %s: %w", m.actor.name, err)
		}
		m.index.add(answersShelf, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}, source{kept: it})
		w.overhear(m, it, t)
	}
	return nil
}

// answersShelf is where answers stand in an index. A miner that shows some of its shelves
// only has to name it too.
const answersShelf = ""

// judgement is an answer as an item.
func (k *worker) judgement(a assigned, i uint16, answer string, parents []item.Hash) (*item.Item, error) {
	j := item.Judgement{Assignment: a.digest, Index: i, Answer: answer, Labeller: k.key.Labeller(), Millis: 1}
	var err error
	if j.Signature, err = k.key.SignPersonal(protocol.JudgementText(a.program.Name, j.Task(), answer, "", j.Millis)); err != nil {
		return nil, fmt.Errorf("simulate: sign an answer: %w", err)
	}
	content, err := j.Canonical()
	if err != nil {
		return nil, fmt.Errorf("simulate: an answer: %w", err)
	}
	return &item.Item{
		Kind: item.KindJudgement, URI: item.TaskURI(j.Task()), Canonical: content, Label: answer, Contributor: j.Labeller,
		Licence: a.program.Licence, Parents: parents,
	}, nil
}

// shownTask is a task as a mind sees it, and the content ids of what it shows.
func shownTask(a assigned, i int, t protocol.Task, asked int64) (zoo.Task, []item.Hash, error) {
	out := zoo.Task{
		ID: item.TaskID(a.digest, uint16(i)), Program: statedProgram(a.program), Round: a.round, Asked: asked, Place: i, Of: len(a.tasks),
	}
	var parents []item.Hash
	for _, raw := range t.Subjects {
		it, err := item.Decode(raw)
		if err != nil {
			return out, nil, fmt.Errorf("simulate: a task of %s: %w", a.program.Name, err)
		}
		parents = append(parents, it.ID())
		r, err := item.DecodeRecord(it.Canonical)
		if err != nil {
			return out, nil, fmt.Errorf("simulate: a task of %s: %w", a.program.Name, err)
		}
		out.Subjects = append(out.Subjects, zoo.Subject{Title: r.Title, Author: r.Author, Time: time.Unix(r.Time, 0).UTC().Format(time.RFC3339), Body: r.Body})
	}
	return out, parents, nil
}

// statedProgram is a program as a desk states it.
func statedProgram(p *program.Program) zoo.Program {
	a := p.Answers
	return zoo.Program{Name: p.Name, Answers: zoo.Answers{Type: string(a.Type), Labels: a.Labels, Min: a.Min, Max: a.Max, Step: a.Step}, Gold: p.Labelling.Gold > 0}
}

// work hands out what the plan has of a labelling program.
func (c *call) work(w validator.Work, items validator.Lookup) error {
	req := &protocol.TasksRequest{Program: w.Program, Due: w.Due, Marks: w.Marks}
	for i, ids := range w.Subjects {
		raw := w.Items[i]
		if raw == nil {
			raw = items(ids)
		}
		req.Tasks = append(req.Tasks, protocol.Task{Subjects: raw})
	}
	asked := c.envelope(protocol.KindTasksRequest)
	var err error
	if asked.Body, err = protocol.Encode(req); err != nil {
		return fmt.Errorf("simulate: hand out work: %w", err)
	}
	r := &evidence.Reading{Asked: asked, Request: req}
	p, k := c.world.labelling[w.Program], c.miner.worker
	if k == nil || p == nil {
		c.add(r, evidence.Refused, protocol.ReasonRefused)
		return nil
	}
	r.Want = uint16(p.Labelling.Tasks)
	if c.add(r, evidence.Answered, ""); c.cut == evidence.NotAsked {
		k.take(assigned{c.judge.hotkey, c.world.round, w.Due, p, asked.Digest(), req.Tasks, w.Marks})
	}
	return nil
}
