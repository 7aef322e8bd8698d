package protocol

import "github.com/assaynet/assay/item"

// TasksRequest hands a miner labelling work of one program, and tells it what earlier
// work came to. Without tasks it only asks how much work the miner wants. Its digest
// names the assignment.
type TasksRequest struct {
	_       struct{} `cbor:",toarray"`
	Head    Anchor
	Program string // the program's name
	// Due is the last round in which a root may be shown that holds the answers.
	Due   uint64
	Tasks []Task
	Marks []Mark
}

// Task is one question about one item, or two side by side.
type Task struct {
	_ struct{} `cbor:",toarray"`
	// Subjects are item.Item encodings, in the order in which they are to be shown.
	Subjects [][]byte
}

// Mark tells what a gold task, spent now, should have been answered.
type Mark struct {
	_     struct{}  `cbor:",toarray"`
	Task  item.Hash // item.TaskID
	Truth string
}

// TasksAnswer takes the tasks, and says how many the miner wants in the next round.
// It is said before they are seen, so nobody can choose.
type TasksAnswer struct {
	_    struct{} `cbor:",toarray"`
	Want uint16
}

// Check bounds the tasks and what they show, and the marks.
func (m *TasksRequest) Check() error {
	if err := m.Head.Check(); err != nil {
		return err
	}
	if len(m.Program) == 0 || len(m.Program) > MaxCode {
		return Fail(ReasonMalformed, "program name of %d bytes, want 1 to %d", len(m.Program), MaxCode)
	}
	if err := atMost("tasks", len(m.Tasks), MaxTasks); err != nil {
		return err
	}
	if err := atMost("marks", len(m.Marks), MaxMarks); err != nil {
		return err
	}
	size := 0
	for i, t := range m.Tasks {
		if len(t.Subjects) == 0 || len(t.Subjects) > MaxSubjects {
			return Fail(ReasonMalformed, "task %d shows %d items, want 1 to %d", i, len(t.Subjects), MaxSubjects)
		}
		for _, b := range t.Subjects {
			size += len(b)
		}
	}
	for _, k := range m.Marks {
		if err := atMost("bytes in a mark's truth", len(k.Truth), item.MaxAnswer); err != nil {
			return err
		}
	}
	return atMost("bytes of items in tasks", size, MaxTaskBytes)
}

// Check accepts any number: it is a wish, and the program has the limit.
func (m *TasksAnswer) Check() error { return nil }
