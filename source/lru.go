package source

import "container/list"

// recent is a map that holds at most a given total weight and forgets what was
// used longest ago. It has no lock of its own.
type recent[V any] struct {
	limit, held int
	order       *list.List // front: used last
	byKey       map[string]*list.Element
}

type recentEntry[V any] struct {
	key    string
	value  V
	weight int
}

func newRecent[V any](limit int) *recent[V] {
	return &recent[V]{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

func (r *recent[V]) get(key string) (V, bool) {
	e, ok := r.byKey[key]
	if !ok {
		var none V
		return none, false
	}
	r.order.MoveToFront(e)
	return e.Value.(recentEntry[V]).value, true
}

// put keeps a value; one that is heavier than the whole is not kept.
func (r *recent[V]) put(key string, v V, weight int) {
	if e, ok := r.byKey[key]; ok {
		r.drop(e)
	}
	if weight > r.limit {
		return
	}
	r.byKey[key] = r.order.PushFront(recentEntry[V]{key, v, weight})
	r.held += weight
	for r.held > r.limit {
		r.drop(r.order.Back())
	}
}

func (r *recent[V]) drop(e *list.Element) {
	entry := r.order.Remove(e).(recentEntry[V])
	delete(r.byKey, entry.key)
	r.held -= entry.weight
}
