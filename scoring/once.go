package scoring

// judgedKept is how many rows of a miner are remembered at least, and twice as many at
// most: a stock in which bad items come up again and again is not larger.
const judgedKept = 1024

// judgedRow names a row: an item in a cell.
type judgedRow struct {
	cell cellID
	id   [8]byte // of the item, its first bytes
}

// judgedRows are the latest rows of a miner, in two halves of which the older is dropped.
type judgedRows struct {
	now, before map[judgedRow]struct{}
}

// meet reports whether a row that is evidence was there before, and keeps it.
func (j *judgedRows) meet(r row) (again bool) {
	k := judgedRow{r.cell, [8]byte(r.id[:8])}
	if _, again = j.now[k]; again {
		return true
	}
	_, again = j.before[k]
	if len(j.now) >= judgedKept {
		j.now, j.before = nil, j.now
	}
	if j.now == nil {
		j.now = map[judgedRow]struct{}{}
	}
	j.now[k] = struct{}{}
	return again
}
