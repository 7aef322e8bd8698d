package duplicate

// chains are the numbers of equal key: a table leads to the latest of them, and each
// leads to the one before. They take 4 bytes a number and at most 16 for the table.
type chains struct {
	heads    []int32 // number + 1, 0 is free
	previous []int32
	shift    int
}

func newChains(n int) *chains {
	c := &chains{previous: make([]int32, n), shift: 64}
	size := 1
	for size < 2*n {
		size, c.shift = 2*size, c.shift-1
	}
	c.heads = make([]int32, size)
	return c
}

func (c *chains) clear() { clear(c.heads) }

// link adds number j with a key and gives the latest number with the same key, −1 for
// none. same says whether a number has this key.
func (c *chains) link(j int, key uint64, same func(i int) bool) int {
	at := int(key * 0x9e3779b97f4a7c15 >> c.shift)
	for {
		i := int(c.heads[at]) - 1
		if i < 0 || same(i) {
			c.heads[at] = int32(j) + 1
			c.previous[j] = int32(i)
			return i
		}
		if at++; at == len(c.heads) {
			at = 0
		}
	}
}

func (c *chains) before(i int) int { return int(c.previous[i]) }
