package casefile

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/assaynet/assay/yuma"
)

// packed is a sparse matrix as it stands in a file: distinct rows, and for every uid
// the number of its row, -1 for an empty one.
type packed struct {
	rows []yuma.Row
	of   []int
}

// rows reads {"rows":[[column,value,column,value,...],...],"of":[k,...]}, or null.
func (d *decoder) rows(to *packed) func(string) error {
	return func(path string) error {
		t, err := d.token(path)
		if err != nil || t == nil {
			return err
		}
		if t != json.Delim('{') {
			return fmt.Errorf(`%s: %s is not an object {"rows":[[column,value,...],...],"of":[...]}`, path, shown(t))
		}
		seen := map[string]bool{}
		return d.members(path, func(path, key string) error {
			if seen[key] {
				return fmt.Errorf("%s: appears twice", path)
			}
			seen[key] = true
			switch key {
			case "rows":
				return d.array(path, func(path string, k int) error {
					row, err := d.row(path)
					to.rows = append(to.rows, row)
					return err
				})
			case "of":
				return d.list(path, maxList, func(t json.Token) error {
					k, err := signed(t, -1, math.MaxInt32)
					to.of = append(to.of, int(k))
					return err
				})
			}
			return fmt.Errorf("%s: is neither rows nor of", path)
		})
	}
}

// row reads one row: columns and values by turns, no column twice.
func (d *decoder) row(path string) (yuma.Row, error) {
	var row yuma.Row
	var pending uint16
	half := false
	err := d.list(path, 2*(math.MaxUint16+1), func(t json.Token) error {
		v, err := unsigned(t, math.MaxUint16)
		if half {
			row = append(row, yuma.Cell{Column: pending, Value: uint16(v)})
		}
		pending, half = uint16(v), !half
		return err
	})
	if err == nil && half {
		err = fmt.Errorf("%s: has %d numbers, an odd count; columns and values come in pairs", path, 2*len(row)+1)
	}
	if err == nil {
		if column, twice := yuma.RepeatedColumn(row); twice {
			err = fmt.Errorf("%s: has column %d twice, which the chain refuses (DuplicateUids)", path, column)
		}
	}
	return row, err
}

// unpack gives every uid its row. Rows that several uids have are shared, but each
// counts against the limit of cells, for an epoch works on all of them.
func (d *decoder) unpack(path string, p packed, n int) ([]yuma.Row, error) {
	if len(p.of) > n {
		return nil, fmt.Errorf("%s.of: has %d elements, n is %d", path, len(p.of), n)
	}
	rows := make([]yuma.Row, len(p.of))
	for uid, k := range p.of {
		if k >= len(p.rows) {
			return nil, fmt.Errorf("%s.of[%d]: %d is no index into rows, of which there are %d", path, uid, k, len(p.rows))
		}
		if k < 0 {
			continue
		}
		rows[uid] = p.rows[k]
		if d.cells -= len(rows[uid]); d.cells < 0 {
			return nil, fmt.Errorf("%s: brings the weights and bonds of this file to more than %d", path, MaxCells)
		}
	}
	return rows, nil
}

// pack is the inverse: equal rows become one, in the order of their first uid.
func pack(rows []yuma.Row) (distinct [][]uint16, of []int) {
	distinct, of = [][]uint16{}, make([]int, len(rows))
	known := map[string]int{}
	var key []byte
	for uid, row := range rows {
		if len(row) == 0 {
			of[uid] = -1
			continue
		}
		key = key[:0]
		for _, c := range row {
			key = append(key, byte(c.Column), byte(c.Column>>8), byte(c.Value), byte(c.Value>>8))
		}
		k, ok := known[string(key)]
		if !ok {
			k = len(distinct)
			known[string(key)] = k
			flat := make([]uint16, 0, 2*len(row))
			for _, c := range row {
				flat = append(flat, c.Column, c.Value)
			}
			distinct = append(distinct, flat)
		}
		of[uid] = k
	}
	return distinct, of
}
