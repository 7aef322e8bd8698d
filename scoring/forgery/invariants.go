package forgery

import (
	"cmp"
	"fmt"
	"slices"
)

// snowflakeEpoch is the Unix time in milliseconds at which snowflake ids of X begin,
// 4 November 2010.
const snowflakeEpoch = 1288834974657

// Violation is a row that breaks an invariant.
type Violation struct {
	Row  int    // index in the input
	What string // the rule and the values that break it
}

// SnowflakeTime is the Unix time in milliseconds that a snowflake id encodes:
// (id >> 22) + 1288834974657.
func SnowflakeTime(id uint64) int64 { return int64(id>>22) + snowflakeEpoch }

// CheckSnowflakes lists the rows whose id encodes a time that differs from the claimed
// one, in Unix milliseconds, by more than the tolerance. Claims are often whole
// seconds, so that a tolerance below 1000 condemns honest rows.
func CheckSnowflakes(ids []uint64, claimed []int64, tolerance int64) ([]Violation, error) {
	if err := sameLength("ids and claimed times", len(ids), len(claimed)); err != nil {
		return nil, err
	}
	if tolerance < 0 {
		return nil, fmt.Errorf("a tolerance of %d ms: allowed is 0 or more", tolerance)
	}
	var out []Violation
	for i, id := range ids {
		encoded := SnowflakeTime(id)
		if distance(encoded, claimed[i]) > uint64(tolerance) {
			out = append(out, Violation{i, fmt.Sprintf("id %d encodes the time %d ms, claimed is %d ms", id, encoded, claimed[i])})
		}
	}
	return out, nil
}

// distance is |a − b|, which may exceed an int64.
func distance(a, b int64) uint64 { return uint64(max(a, b)) - uint64(min(a, b)) }

// CheckAscendingIDs lists the rows whose id is not above that of an earlier row by the
// same author. Rows of one author with equal times may have any order.
func CheckAscendingIDs(authors []string, created []int64, ids []uint64) ([]Violation, error) {
	if err := sameLength("authors and creation times", len(authors), len(created)); err != nil {
		return nil, err
	}
	if err := sameLength("authors and ids", len(authors), len(ids)); err != nil {
		return nil, err
	}
	var out []Violation
	best := -1 // the row with the highest id at an earlier time
	walk(authors, created, func(group []int, first bool) {
		if first {
			best = -1
		}
		for _, i := range group {
			if best >= 0 && ids[i] <= ids[best] {
				out = append(out, Violation{i, fmt.Sprintf("id %d at %d ms is not above id %d at %d ms by the same author", ids[i], created[i], ids[best], created[best])})
			}
		}
		for _, i := range group {
			if best < 0 || ids[i] > ids[best] {
				best = i
			}
		}
	})
	return sortedViolations(out), nil
}

// CheckCounts lists the rows whose count is below that of an earlier scrape of the same
// item, and those whose count is negative. It is for counters that a source only
// raises, as views; likes can be taken back. A scrape without the count is left out.
func CheckCounts(items []string, scraped []int64, counts []int64) ([]Violation, error) {
	if err := sameLength("items and scrape times", len(items), len(scraped)); err != nil {
		return nil, err
	}
	if err := sameLength("items and counts", len(items), len(counts)); err != nil {
		return nil, err
	}
	var out []Violation
	best := -1
	walk(items, scraped, func(group []int, first bool) {
		if first {
			best = -1
		}
		for _, i := range group {
			switch {
			case counts[i] < 0:
				out = append(out, Violation{i, fmt.Sprintf("a count of %d: counts are 0 or more", counts[i])})
			case best >= 0 && counts[i] < counts[best]:
				out = append(out, Violation{i, fmt.Sprintf("the count fell from %d at %d ms to %d at %d ms", counts[best], scraped[best], counts[i], scraped[i])})
			}
		}
		for _, i := range group {
			if best < 0 || counts[i] > counts[best] {
				best = i
			}
		}
	})
	return sortedViolations(out), nil
}

// CheckOrder lists the rows for which created ≤ scraped ≤ committed fails. The three
// are of one unit.
func CheckOrder(created, scraped, committed []int64) ([]Violation, error) {
	if err := sameLength("creation and scrape times", len(created), len(scraped)); err != nil {
		return nil, err
	}
	if err := sameLength("creation and commitment times", len(created), len(committed)); err != nil {
		return nil, err
	}
	var out []Violation
	for i := range created {
		switch {
		case created[i] > scraped[i]:
			out = append(out, Violation{i, fmt.Sprintf("created at %d, after it was scraped at %d", created[i], scraped[i])})
		case scraped[i] > committed[i]:
			out = append(out, Violation{i, fmt.Sprintf("scraped at %d, after it was committed at %d", scraped[i], committed[i])})
		}
	}
	return out, nil
}

// walk calls visit for the rows of each key and time, in the order of key, time and
// row; first says that the key is new.
func walk(keys []string, times []int64, visit func(rows []int, first bool)) {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(times[a], times[b]), cmp.Compare(a, b))
	})
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && keys[order[to]] == keys[order[from]] && times[order[to]] == times[order[from]] {
			to++
		}
		visit(order[from:to], from == 0 || keys[order[from]] != keys[order[from-1]])
		from = to
	}
}

func sortedViolations(v []Violation) []Violation {
	slices.SortStableFunc(v, func(a, b Violation) int { return cmp.Compare(a.Row, b.Row) })
	return v
}

func sameLength(what string, a, b int) error {
	if a != b {
		return fmt.Errorf("%s: %d and %d of them; give one of each per row", what, a, b)
	}
	return nil
}
