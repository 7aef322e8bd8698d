package simulate

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/validator"
)

// worker is the labelling side of a miner.
type worker struct{}

// flush commits to the answers whose time has come.
func (*worker) flush(*miner, uint64) {}

// work hands out what the plan has of a labelling program.
func (c *call) work(w validator.Work, items validator.Lookup) {
	req := &protocol.TasksRequest{Program: w.Program, Due: w.Due, Marks: w.Marks}
	for i, ids := range w.Subjects {
		raw := w.Items[i]
		if raw == nil {
			raw = items(ids)
		}
		req.Tasks = append(req.Tasks, protocol.Task{Subjects: raw})
	}
	r := &evidence.Reading{Asked: c.envelope(protocol.KindTasksRequest), Request: req}
	if c.miner.worker == nil {
		c.add(r, evidence.Refused, protocol.ReasonRefused)
		return
	}
	c.add(r, evidence.Answered, "")
}
